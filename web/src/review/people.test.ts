// @vitest-environment node
import { describe, expect, it } from 'vitest';
import {
  joined,
  kNobody,
  openQuestions,
  regrouped,
  takenOut,
  toldApart,
  visibleFaces,
  withFaceOf,
  withName,
  withNewPerson,
  withVisible,
  type People,
} from './people';

/** Ada in two photos, somebody else in one, and a face that may be Ada's. */
const kGroups = {
  groups: [['1:1', '2:1'], ['1:2'], ['3:1']],
  alike: [{ groups: [0, 2], score: 0.5 }] as const,
};
const grouped = () => regrouped(kNobody, kGroups);
const shown = (all: People) => [...visibleFaces(all)].sort();

describe('people', () => {
  it('are all covered until somebody says otherwise', () => {
    expect(shown(grouped())).toEqual([]);
    expect(shown(withVisible(grouped(), 1, true))).toEqual(['1:1', '2:1']);
  });

  it('are asked about only where one of them may be seen', () => {
    expect(openQuestions(grouped(), 2)).toEqual([]);
    expect(openQuestions(withVisible(grouped(), 1, true), 1)).toEqual([{ one: 1, other: 3, score: 0.5 }]);
    const both = withVisible(withVisible(grouped(), 1, true), 3, true);
    expect(openQuestions(both, 1)).toEqual([]);
  });

  it('are one person after a yes, and two after a no', () => {
    const ada = withName(withVisible(grouped(), 1, true), 1, 'Ada');
    const one = joined(ada, 1, 3);
    expect(shown(one)).toEqual(['1:1', '2:1', '3:1']);
    expect(one.questions).toEqual([]);
    expect(one.same).toEqual([['1:1', '3:1']]);
    const two = toldApart(ada, 1, 3);
    expect(shown(two)).toEqual(['1:1', '2:1']);
    expect(openQuestions(two, 1)).toEqual([]);
    expect(two.different).toEqual([['1:1', '3:1']]);
  });

  it('are never asked about twice in one photo', () => {
    const all = regrouped(kNobody, {
      groups: [['1:1'], ['2:1'], ['2:2']],
      alike: [
        { groups: [0, 1], score: 0.5 },
        { groups: [0, 2], score: 0.45 },
      ],
    });
    expect(joined(withVisible(all, 1, true), 1, 2).questions).toEqual([]);
  });

  it('keep a name and what was decided when more photos come', () => {
    const ada = withName(withVisible(grouped(), 1, true), 1, 'Ada');
    const more = regrouped(ada, { groups: [['1:1', '2:1', '4:1'], ['1:2', '5:1'], ['3:1']], alike: [] });
    expect(more.people.map(({ id, name }) => [id, name])).toEqual([
      [1, 'Ada'],
      [2, ''],
      [3, ''],
    ]);
    expect(shown(more)).toEqual(['1:1', '2:1', '4:1']);
  });

  it('are covered where a group falls apart, but for the part that has most of it', () => {
    const ada = withVisible(joined(grouped(), 1, 3), 1, true);
    const apart = regrouped(ada, { groups: [['1:1', '2:1'], ['3:1'], ['1:2']], alike: [] });
    expect(shown(apart)).toEqual(['1:1', '2:1']);
  });

  it('are covered where a group takes in somebody who was covered on purpose', () => {
    const refused = withVisible(withVisible(grouped(), 3, true), 3, false);
    const ada = withVisible(refused, 1, true);
    expect(shown(regrouped(ada, { groups: [['1:1', '2:1', '3:1'], ['1:2']], alike: [] }))).toEqual([]);
  });

  it('lose a face that is somebody else’s, which is covered', () => {
    const out = takenOut(withVisible(grouped(), 1, true), 1, '2:1');
    expect(shown(out)).toEqual(['1:1']);
    expect(out.different).toEqual([['1:1', '2:1']]);
    expect(takenOut(out, 1, '1:1')).toBe(out);
  });

  it('come by photos of their own too', () => {
    const anew = withNewPerson(grouped(), 'alone-1:1');
    expect(shown(anew)).toEqual(['alone-1:1']);
    const found = regrouped(anew, { groups: [['alone-1:1', '1:1', '2:1'], ['1:2'], ['3:1']], alike: [] });
    expect(shown(found)).toEqual(['1:1', '2:1', 'alone-1:1']);
    const more = withFaceOf(grouped(), 1, 'alone-1:1');
    expect(more.same).toEqual([['1:1', 'alone-1:1']]);
  });
});
