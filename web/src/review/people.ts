// Who is who among the faces of all photos, and who may be seen: a value that is replaced, never changed.
//
// Whoever is shown is shown in every photo of the group, so whatever is not sure is covered: a face that left
// its group, a group that fell apart, an answer that was not given.

/** Names a face: the photo's and the box's number, or a photo of a person alone. */
export type FaceKey = string;
export type KeyPair = readonly [FaceKey, FaceKey];

export interface Person {
  readonly id: number;
  /** As somebody typed it; may be empty. */
  readonly name: string;
  readonly faces: readonly FaceKey[];
  /** Left visible in all photos. */
  readonly visible: boolean;
  /** Somebody said so, or the contrary. */
  readonly decided: boolean;
}

/** Two people, by their ids, that may be one. */
export interface Question {
  readonly one: number;
  readonly other: number;
  /** Of likeness, to 1. */
  readonly score: number;
}

export interface People {
  /** The largest group first. */
  readonly people: readonly Person[];
  readonly questions: readonly Question[];
  readonly same: readonly KeyPair[];
  readonly different: readonly KeyPair[];
  readonly nextId: number;
}

export const kNobody: People = { people: [], questions: [], same: [], different: [], nextId: 1 };

/** Faces of one photo have the same. */
export function photoOf(key: FaceKey): string {
  return key.slice(0, key.indexOf(':'));
}

export interface Groups {
  readonly groups: readonly (readonly FaceKey[])[];
  readonly alike: readonly { readonly groups: readonly [number, number]; readonly score: number }[];
}

function countShared(person: Person, faces: readonly FaceKey[]): number {
  return person.faces.filter((face) => faces.includes(face)).length;
}

/**
 * A new grouping in place of the one before. A person goes on as the group that has most of the person's
 * faces; another group that has some of them is somebody new, and covered.
 */
export function regrouped(before: People, { groups, alike }: Groups): People {
  let { nextId } = before;
  const goneOn = new Set<number>();
  const people = groups.map((faces): Person => {
    const known = before.people
      .filter((person) => countShared(person, faces) > 0)
      .sort((a, b) => countShared(b, faces) - countShared(a, faces));
    const main = known.find((person) => !goneOn.has(person.id));
    if (!main) return { id: nextId++, name: '', faces, visible: false, decided: false };
    for (const person of known) goneOn.add(person.id);
    const refused = known.some((person) => person.decided && !person.visible);
    return {
      id: main.id,
      name: known.find((person) => person.name !== '')?.name ?? '',
      faces,
      visible: known.some((person) => person.visible) && !refused,
      decided: known.some((person) => person.decided),
    };
  });
  const questions = alike.flatMap(({ groups: [one, other], score }) => {
    const [a, b] = [people[one], people[other]];
    return a && b ? [{ one: a.id, other: b.id, score }] : [];
  });
  return { ...before, people, questions, nextId };
}

function withPerson(all: People, id: number, change: Partial<Person>): People {
  return {
    ...all,
    people: all.people.map((person) => (person.id === id ? { ...person, ...change } : person)),
  };
}

export function withVisible(all: People, id: number, visible: boolean): People {
  return withPerson(all, id, { visible, decided: true });
}

export function withName(all: People, id: number, name: string): People {
  return withPerson(all, id, { name });
}

function sharePhoto(one: Person, other: Person): boolean {
  const photos = new Set(one.faces.map(photoOf));
  return other.faces.some((face) => photos.has(photoOf(face)));
}

function pairOf(one: Person, other: Person): KeyPair[] {
  const [a, b] = [one.faces[0], other.faces[0]];
  return a !== undefined && b !== undefined ? [[a, b]] : [];
}

/** Two are one person, who keeps the first one's name and whether the person is seen. */
export function joined(all: People, oneId: number, otherId: number): People {
  const one = all.people.find((person) => person.id === oneId);
  const other = all.people.find((person) => person.id === otherId);
  if (!one || !other) return all;
  const person: Person = {
    ...one,
    name: one.name || other.name,
    faces: [...one.faces, ...other.faces],
    decided: one.decided || other.decided,
  };
  const people = all.people
    .filter(({ id }) => id !== otherId)
    .map((known) => (known.id === oneId ? person : known));
  const best = new Map<number, Question>();
  const questions: Question[] = [];
  for (const question of all.questions) {
    const ids = [question.one, question.other].map((id) => (id === otherId ? oneId : id));
    if (!ids.includes(oneId)) {
      questions.push(question);
      continue;
    }
    const third = people.find(({ id }) => id !== oneId && ids.includes(id));
    // Nobody is twice in one photo.
    if (!third || sharePhoto(person, third)) continue;
    const known = best.get(third.id);
    if (!known || known.score < question.score) {
      best.set(third.id, { one: oneId, other: third.id, score: question.score });
    }
  }
  const all_questions = [...questions, ...best.values()].sort((a, b) => b.score - a.score);
  return { ...all, people, questions: all_questions, same: [...all.same, ...pairOf(one, other)] };
}

function withoutQuestion(all: People, one: number, other: number): People {
  const between = (question: Question) =>
    [question.one, question.other].includes(one) && [question.one, question.other].includes(other);
  return { ...all, questions: all.questions.filter((question) => !between(question)) };
}

export function toldApart(all: People, oneId: number, otherId: number): People {
  const one = all.people.find((person) => person.id === oneId);
  const other = all.people.find((person) => person.id === otherId);
  if (!one || !other) return all;
  const different = [...all.different, ...pairOf(one, other)];
  return { ...withoutQuestion(all, oneId, otherId), different };
}

/** One face is somebody else's: nobody's whom one knows, and covered. */
export function takenOut(all: People, id: number, face: FaceKey): People {
  const person = all.people.find((one) => one.id === id);
  if (!person?.faces.includes(face) || person.faces.length < 2) return all;
  const faces = person.faces.filter((one) => one !== face);
  const alone: Person = { id: all.nextId, name: '', faces: [face], visible: false, decided: false };
  const apart = withPerson(all, id, { faces });
  return {
    ...apart,
    people: [...apart.people, alone],
    same: all.same.filter((pair) => !pair.includes(face)),
    different: [...all.different, ...faces.map((one): KeyPair => [one, face])],
    nextId: all.nextId + 1,
  };
}

/** Somebody new, whose first face is a photo of the person alone. */
export function withNewPerson(all: People, face: FaceKey): People {
  const person: Person = { id: all.nextId, name: '', faces: [face], visible: true, decided: true };
  return { ...all, people: [person, ...all.people], nextId: all.nextId + 1 };
}

export function withFaceOf(all: People, id: number, face: FaceKey): People {
  const person = all.people.find((one) => one.id === id);
  const first = person?.faces[0];
  if (!person || first === undefined) return all;
  const more = withPerson(all, id, { faces: [...person.faces, face] });
  return { ...more, same: [...all.same, [first, face]] };
}

/** What is asked: only of people who may be seen, since nobody needs to know who the others are. */
export function openQuestions(all: People, id: number): Question[] {
  const visible = new Set(all.people.filter((person) => person.visible).map((person) => person.id));
  return all.questions.flatMap((question) => {
    const other = question.one === id ? question.other : question.one;
    const isOf = question.one === id || question.other === id;
    return isOf && !visible.has(other) ? [{ ...question, one: id, other }] : [];
  });
}

export function visibleFaces(all: People): Set<FaceKey> {
  return new Set(all.people.filter((person) => person.visible).flatMap((person) => person.faces));
}
