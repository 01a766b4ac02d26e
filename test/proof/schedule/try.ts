import { Stage, type Scenario } from './stage.ts';
import { exploreAll, killAtEveryStep, noFindings } from './explore.ts';
import { fewEntries } from './situations.ts';
const stage = new Stage();
const S: Scenario[] = [
  { name: 'get/set', prepare: fewEntries, actors: [[{ call: 'get', key: 'a' }], [{ call: 'set', key: 'a', token: 'a1:40' }]] },
  { name: 'set/set', prepare: fewEntries, actors: [[{ call: 'set', key: 'a', token: 'a2:44' }], [{ call: 'set', key: 'a', token: 'a1:40' }]] },
];
for (const s of S) {
  stage.setUp(s);
  for (const b of [1, 2]) {
    const f = noFindings(); const t = performance.now();
    exploreAll(stage, {}, b, 1e5, f);
    console.log(s.name, b, JSON.stringify(f), ((performance.now() - t)*1000/f.schedules).toFixed(0), 'us each');
  }
  const f = noFindings(); const t = performance.now();
    killAtEveryStep(stage, {}, 1, 0, 1, f);
    killAtEveryStep(stage, {lateProof: true}, 0, 0, 1, f);
    console.log(s.name, 'kill', JSON.stringify(f), ((performance.now() - t)*1000/f.schedules).toFixed(0), 'us each');
}
await stage.close();
