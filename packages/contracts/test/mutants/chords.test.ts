import assert from 'node:assert/strict';
import { chordExam, chordMutants } from '@lovage/contracts/conformance';
import { prove } from './prove.ts';
import { worldsOf } from './worlds.ts';

prove({
  role: 'chords',
  exam: chordExam,
  mutants: chordMutants,
  world: worldsOf((memory) => {
    const { chords } = memory.results();
    assert.ok(chords);
    return chords;
  }),
});
