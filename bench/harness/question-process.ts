/** Answers one question in a process of its own, so that no question inherits another's heap and optimised code. */
import { FULL, QUICK } from './effort.ts';
import { Progress } from './progress.ts';
import { loadQuestion } from './questions.ts';

const [name = '', effort] = process.argv.slice(2);
const question = await loadQuestion(name);
const progress = new Progress(name);
const findings = await question.answer(effort === 'quick' ? QUICK : FULL, (step) => progress.step(step));
progress.done();
process.send?.({ asks: question.asks, findings }, () => process.exit(0));
