// English words of what is loaded when it is needed first, for whoever never needs it.
import { pluralsOf } from './plural';

const count = pluralsOf('en');

export const later = {
  clip: {
    clips: count({ one: '# clip', other: '# clips' }),
    added: count({ one: '# clip added', other: '# clips added' }),
    ready: count({ one: '# clip ready', other: '# clips ready' }),
    label: 'Clips',
    kept: 'The server holds a clip while you review it: until you remove it or leave the page, or a while after you last looked at it.',
    queued: 'Waiting for its turn on the server',
    looking: (percent: number) => `Looking for faces, ${percent} %`,
    covering: (percent: number) => `Covering faces, ${percent} %`,
    fetching: 'Fetching the finished clip',
    timeLeft: (time: string) => `${time} left`,
    peopleCovered: count({ one: '# person covered', other: '# people covered' }),
    peopleCoveredOf: (covered: number, all: number) => `${covered} of ${all} people covered`,
    changed: 'Changed, not covered anew yet',
    changedAdvice: 'Your changes are not in the clip yet.',
    coverAnew: 'Cover anew',
    backToAll: 'Back to all photos and clips',
    all: 'All',
    result: 'The covered clip',
    beside: 'Show the original beside it',
    cannotPlay:
      'Your browser cannot play this kind of clip. Single pictures are shown instead; the download is the whole clip.',
    originalCannotPlay: 'Your browser cannot play the original.',
    people: 'People',
    peopleHint:
      'One line a person. Whoever leaves and comes back has a second line. Press a line to go there.',
    keptHint:
      'Somebody stays visible. Watch the whole clip before you share it: where people cross, two lines may swap.',
    person: (number: number) => `Person ${number}`,
    place: (number: number) => `Place ${number}`,
    goTo: (name: string, from: string, to: string) => `${name}: ${from} to ${to}. Go there`,
    uncertainAt: (times: string) => `uncertain at ${times}`,
    coveredNow: (name: string) => `${name} is covered`,
    time: 'Time in the clip',
    doubts: count({ one: '# uncertain moment', other: '# uncertain moments' }),
    nextDoubt: 'Next uncertain moment',
    coverPlace: 'Cover a place',
    coverPlaceHint:
      'Draw a box in the picture. It stays until the scene ends; where it begins and ends can be set in its line.',
    placeAdded: 'A place is covered from here on',
    fromHere: 'From here',
    untilHere: 'Until here',
    noOneAdvice: 'If you see a face, draw a box over it. As it stands, the download shows everything.',
    sound: 'Sound',
    sounds: { keep: 'Keep', mute: 'Silence', drop: 'None' },
    soundHint: 'A voice tells who somebody is too.',
    problems: {
      too_large: ['This clip is too large', 'Make it shorter or smaller and add that.'],
      too_many_pixels: [
        'This clip is too much for the server',
        'It is too long or its picture is too large. Make it shorter or smaller.',
      ],
      not_a_photo: ['This is not a clip', 'MP4, MOV, MKV, WebM, TS and AVI can be used.'],
      damaged: [
        'This clip is damaged',
        'The file is incomplete or broken. Copy it again from where it came from, and add it anew.',
      ],
      unsupported: ['This kind of clip cannot be used', 'Save it as MP4 with H.264 and add that.'],
      busy: ['The server has all the clips it can take', 'It goes on by itself once there is room.'],
    } satisfies Record<string, [string, string]>,
  },

  // Who may be seen
  people: {
    heading: 'People',
    lead: 'Some may be seen. Say once who, and they are left visible in all photos.',
    consent:
      'To find the same person in all photos, the server measures every face in them, also of people who never agreed. That is biometric data, and the law may ask for their consent. It is compared in memory, told to nobody and kept nowhere.',
    byHand: 'Leaving faces visible by hand, in the review of a photo, measures nothing.',
    agree: 'Group the faces',
    searching: count({
      one: 'Faces are still looked for in # photo',
      other: 'Faces are still looked for in # photos',
    }),
    comparing: 'Comparing the faces',
    nobody: 'No face could be compared.',
    found: count({ one: '# person', other: '# people' }),
    lookAtAll:
      'Look at every face that stays visible before you share. Children and relatives are easily taken for each other.',
    person: (number: number) => `Person ${number}`,
    inPhotos: count({ one: 'In # photo', other: 'In # photos' }),
    name: 'Name, if you like',
    nameOf: (person: string) => `Name of ${person}`,
    leave: 'Leave visible in all photos',
    left: (person: string) => `${person} is left visible`,
    coveredAgain: (person: string) => `${person} is covered in all photos`,
    samePerson: 'The same person?',
    sameAs: (person: string) => `Is this ${person} too?`,
    coveredUntil: 'Covered until you say yes.',
    toAnswer: count({ one: '# question', other: '# questions' }),
    yes: 'Yes',
    no: 'No',
    nowOne: 'Now one person',
    nowTwo: 'Two people: it stays covered',
    allFaces: 'All faces',
    takeOut: (photo: string) => `Somebody else: the face in ${photo}`,
    somebodyElse: 'Somebody else',
    takenOut: 'Taken out, and covered',
    seenOnce: count({ one: '# face that is like no other', other: '# faces that are like no other' }),
    notCompared: count({
      one: '# face is too small, turned or hidden to be compared. It is covered, unless you leave it by hand.',
      other:
        '# faces are too small, turned or hidden to be compared. They are covered, unless you leave them by hand.',
    }),
    tooMany: count({
      one: '# small face was not compared: there are too many.',
      other: '# small faces were not compared: there are too many.',
    }),
    addPhoto: 'Add a photo of this person',
    addPerson: 'Add somebody by a photo',
    alone: 'A photo of the person alone',
    faults: {
      none: 'No face was found in that photo.',
      several: 'That photo shows more than one face. Cut it down to one.',
      unclear: 'The face in that photo is too small, turned away or hidden.',
    },
    forget: 'Cover everybody and forget who is who',
    forgotten: 'Everybody is covered, and nobody is known any more',
  },
};
