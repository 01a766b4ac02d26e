/**
 * What piscina is given: it loads by `require`, and a thread that is terminated while Node.js 20 requires an ES module takes the
 * process with it ("IsGraphAsync must be used on an instantiated module"). `import()` takes a termination as it is.
 */
const task = import('./task.ts');

/** See task.ts. */
async function join(call: Parameters<Awaited<typeof task>['join']>[0]): Promise<unknown> {
  return (await task).join(call);
}

/** See task.ts. */
async function leave(): Promise<boolean> {
  return (await task).leave();
}

module.exports = { join, leave };
