/**
 * What piscina loads in a worker. It is no ES module, so that piscina's `require` does not load one: Node.js ends the whole
 * process when a worker is terminated in the moment in which `require` links an ES module (v8::Module::IsGraphAsync, seen
 * with Node.js 20.20.2). `import` takes a termination at any time.
 */
const worker = import('./task.ts');

module.exports = {
  join: async (call: unknown): Promise<unknown> => (await worker).join(call as never),
};
