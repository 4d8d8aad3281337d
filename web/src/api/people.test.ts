// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { Answer } from './http';
import { createGroupFaces, groupedOf } from './people';

const kAnswer = {
  groups: [[0, 2], [1]],
  alike: [{ groups: [0, 1], score: 0.5 }],
  not_compared: [{ face: 3, why: 'small' }],
};

describe('grouping', () => {
  it('sends pictures of faces with the photos that they are from, and what was said of them', async () => {
    let sent: FormData | undefined;
    const group = createGroupFaces(
      () => 'secret',
      'api/v1/',
      (url, body, { headers }) => {
        expect([url, headers]).toEqual(['api/v1/groups', { Authorization: 'Bearer secret' }]);
        sent = body as FormData;
        const answer: Answer = {
          status: 200,
          header: () => null,
          body: new Blob([JSON.stringify(kAnswer)]),
        };
        return Promise.resolve(answer);
      },
    );
    const faces = ['1', '1', '2', '2'].map((photo) => ({ photo, picture: new Blob(['x']) }));
    const said = { same: [[0, 2]], different: [] } as const;
    const grouped = await group(faces, said, new AbortController().signal);
    expect(grouped).toEqual({
      groups: [[0, 2], [1]],
      alike: [{ groups: [0, 1], score: 0.5 }],
      notCompared: [3],
    });
    expect([...(sent?.keys() ?? [])]).toEqual(['face[1]', 'face[1]', 'face[2]', 'face[2]', 'same']);
    expect(sent?.get('same')).toBe('[[0,2]]');
  });

  it.each([
    null,
    {},
    { ...kAnswer, groups: [[0, 2]] },
    {
      ...kAnswer,
      groups: [
        [0, 2],
        [1, 2],
      ],
    },
    { ...kAnswer, groups: [[0, 4], [1]] },
    { ...kAnswer, alike: [{ groups: [0, 2], score: 0.5 }] },
    { ...kAnswer, alike: [{ groups: [0], score: 0.5 }] },
    { ...kAnswer, not_compared: [] },
  ])('is refused where it is none: %j', (value) => {
    expect(() => groupedOf(value, 4)).toThrow('page_outdated');
  });
});
