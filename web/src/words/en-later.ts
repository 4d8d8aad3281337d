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
};
