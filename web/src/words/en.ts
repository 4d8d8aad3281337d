// Every word of the page, but for what en-later.ts has. The other languages have the same entries: the
// compiler holds them to it.
import type { later } from './en-later';
import { pluralsOf } from './plural';

const count = pluralsOf('en');
const faces = count({ one: '# face', other: '# faces' });
const areas = count({ one: '# area', other: '# areas' });
const seconds = count({ one: '# second', other: '# seconds' });

export const en = {
  // The page as a whole
  title: 'Face Privacy: cover every face before you share',
  skipToPhotos: 'Skip to the photos',
  skipToFaces: 'Skip to the faces',
  skipToLook: 'Skip to how faces are covered',
  about: 'About',
  yourPhotos: 'Your photos',
  api: 'API',
  language: 'Language',
  footer: 'Face Privacy is open source. It can be run on your own computer, and used from programs:',
  apiDocumentation: 'API documentation',
  dropToAdd: 'Drop to add',
  offline: 'No connection to the server. Add photos all the same: they go on by themselves once it is back.',
  sharedLost: 'The shared photos did not arrive. Share them once more.',
  sharedFromElsewhere: count({
    one: '# file was handed to this page from elsewhere. Add it only if that was you.',
    other: '# files were handed to this page from elsewhere. Add them only if that was you.',
  }),
  leaveShared: 'Leave out',
  undo: 'Undo',
  redo: 'Redo',
  undone: 'Undone',
  redone: 'Redone',
  close: 'Close',

  // The empty page
  pitch: 'Cover every face before you share.',
  pitchMore:
    'Add your photos. Every face is found and covered for good. Look them over, change what you like, download.',
  dropHere: 'Drop photos or clips here',
  choosePhotos: 'Choose photos',
  addPhotos: 'Add photos',
  addFolder: 'Add a folder',
  takePhoto: 'Take a photo',
  tryExample: 'Try an example',
  orPaste: 'or paste with Ctrl V. Whole folders may be dropped too.',

  // All photos
  photos: count({ one: '# photo', other: '# photos' }),
  photosAdded: count({ one: '# photo added', other: '# photos added' }),
  photosReady: count({ one: '# photo ready', other: '# photos ready' }),
  photosFailed: count({ one: '# photo failed', other: '# photos failed' }),
  photosSecondLook: count({ one: '# photo worth a second look', other: '# photos worth a second look' }),
  photosRemoved: count({ one: '# photo removed', other: '# photos removed' }),
  readyOf: (ready: number, all: number) => `${ready} of ${all} ready`,
  reviewedOf: (reviewed: number, all: number) => `${reviewed} of ${all} reviewed`,
  secondLookCount: (photos: number) => `${photos} worth a second look`,
  failedCount: (photos: number) => `${photos} failed`,
  peopleButton: 'People',
  reviewNext: 'Review the next',
  tryAgainCount: (photos: number) => `Try ${photos} again`,
  removeFailed: count({ one: 'Remove # failed', other: 'Remove # failed' }),
  downloadAll: 'Download all',
  downloadReady: (photos: number) => `Download ${photos} ready`,
  packing: 'Packing',
  removeAll: 'Remove all',
  zipFailed: 'The archive could not be made: the browser ran out of room. Download the photos one by one.',
  howCovered: 'How faces are covered',
  searchNow: (profile: string) => `${profile} search`,
  photosLabel: 'Photos',
  forAllPhotos: 'For all photos. A single photo can be changed in its review.',
  neutralNames: 'Neutral file names',
  neutralNamesHint:
    'A name may tell when and by what a photo was taken. With this it is photo-1, photo-2 and so on.',

  // A card
  reviewName: (name: string) => `Review ${name}`,
  review: 'Review',
  reviewed: 'Reviewed',
  toLookAt: (faces: number) => `${faces} to look at`,
  cancel: 'Cancel',
  remove: 'Remove',
  removeName: (name: string) => `Remove ${name}`,
  removedName: (name: string) => `${name} removed`,
  tryAgain: 'Try again',
  download: 'Download',
  downloadName: (name: string) => `Download ${name}`,
  share: 'Share',
  metadataRemoved: (kinds: string) => `Taken out: ${kinds}`,
  metadataToRemove: (kinds: string) => `In the file: ${kinds}`,
  metadata: {
    position: 'where it was taken',
    date: 'when',
    device: 'camera',
    serial_number: 'serial number',
    owner: 'owner',
    comments: 'texts',
    thumbnail: 'a small picture of the original',
    maker_notes: 'the maker’s notes',
    film: 'a short film',
    edits: 'edit history',
    people: 'names of people',
    camera_settings: 'exposure',
    panorama: 'panorama data',
    xmp: 'XMP',
    iptc: 'IPTC',
    extra_pictures: 'further pictures',
    provenance: 'proof of origin',
    profile_tags: 'notes in the color profile',
    trailer: 'bytes behind the picture',
    other: 'other notes',
  },

  // What is covered
  faces,
  facesCovered: count({ one: '# face covered', other: '# faces covered' }),
  areasCovered: count({ one: '# area covered', other: '# areas covered' }),
  facesCoveredOf: (covered: number, all: number) => `${covered} of ${faces(all)} covered`,
  areasCoveredOf: (covered: number, all: number) => `${covered} of ${areas(all)} covered`,
  areas,
  noFaceFound: 'No face found',
  nothingCovered: 'Nothing is covered',

  // Where a photo is on its way
  waiting: 'Waiting',
  tryingAgainIn: (problem: string, wait: number) => `${problem}. Trying again in ${seconds(wait)}`,
  seconds,
  uploading: (percent: number) => `Uploading, ${percent} %`,
  lookingForFaces: 'Looking for faces',
  slowAnswer: 'The server takes long to answer',
  removingMetadata: 'Removing metadata',
  coveringFaces: count({ one: 'Covering # face', other: 'Covering # faces' }),
  coveringAreas: count({ one: 'Covering # area', other: 'Covering # areas' }),
  didNotWork: 'This did not work',
  stopped: 'Stopped',

  // The review
  reviewOf: 'Review of',
  backToPhotos: 'Back to all photos',
  allPhotos: 'All photos',
  photoBefore: 'Photo before',
  nextPhoto: 'Next photo',
  nextToLookAt: 'Next to look at',
  allReviewed: 'All photos are reviewed',
  placeOf: (place: number, all: number) => `${place} of ${all}`,
  turnedTo: (place: number, all: number, name: string) => `Photo ${place} of ${all}: ${name}`,
  steps: 'Steps',
  pointerDoes: 'What the pointer does',
  modes: { review: 'Review', draw: 'Draw', compare: 'Compare' },
  decisions: 'Decisions',
  facesHeading: 'Faces',
  addBox: 'Add a box',
  boxAdded: 'Box added',
  boxRemoved: 'Box removed',
  coverAll: 'Cover all',
  leaveAll: 'Leave all',
  allLeft: 'Every face is left visible',
  sameForAll: 'The same for all photos',
  useForAll: count({ one: 'Use for # photo', other: 'Use for all # photos' }),
  boxesToNext: 'Same boxes on the next photo',
  boxesCopied: count({ one: '# box is on the next photo too', other: '# boxes are on the next photo too' }),
  stageLabel: 'The photo. Plus and minus zoom, arrow keys move it, 0 shows all of it.',
  boxKeys: 'Arrow keys move it, Shift and arrow keys change its size, Delete removes a drawn box.',
  listKeys: 'Arrow keys go from face to face.',
  original: 'Original',
  covered: 'Covered',
  withFacesCovered: 'With faces covered',
  originalShare: 'Share of the original shown',
  originalPercent: (percent: number) => `${percent} % original`,
  zoom: 'Zoom',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  showWhole: 'Show the whole photo',

  // Faces and boxes
  facesAndBoxes: 'Faces and boxes',
  face: (number: number) => `Face ${number}`,
  box: (number: number) => `Box ${number}`,
  isCovered: 'covered',
  isLeft: 'left visible',
  worthSecondLook: 'worth a second look',
  secondLook: 'Second look',
  leftVisible: 'Left visible',
  leftVisibleNow: (name: string) => `${name} is left visible`,
  zoomTo: (name: string) => `Zoom to ${name}`,
  zoomToIt: 'Zoom to it',
  cover: (name: string) => `Cover ${name}`,
  marginOf: (name: string) => `Margin around ${name}`,
  shapeOf: (name: string) => `Shape of ${name}`,
  styleOf: (name: string) => `Look of ${name}`,

  // Notices
  noFaceAdvice: 'If you see one, look more thoroughly, or draw a box over it.',
  noFaceThorough: 'The thorough search found none either. If you see a face, draw a box over it.',
  showsEverything: 'As it stands, the download shows everything; only its hidden notes are taken out.',
  looking: 'Looking',
  lookThoroughly: 'Look thoroughly',
  drawABox: 'Draw a box',
  nothingCoveredAdvice:
    'Every face is left visible. The download shows them all; only its hidden notes are taken out.',
  toLookAtTwice: count({ one: '# face to look at twice', other: '# faces to look at twice' }),
  toLookAtTwiceAdvice: 'The search was not sure. They are covered unless you leave them.',
  partlyHidden: (names: string) => `${names}: partly under a neighbor’s cover`,
  partlyHiddenAdvice:
    'The faces overlap in the photo. Leave the neighbor visible too, or make its box smaller.',
  shownByServer:
    'Your browser cannot show this kind of photo. What you see comes from the server. What you download is the full photo.',

  // The look
  coverWith: 'Cover with',
  styles: { blur: 'Blur', pixelate: 'Pixelate', fill: 'Solid' },
  styleHints: {
    blur: 'A smooth patch in the colors around the face. It looks like a blur, but there is nothing to undo.',
    pixelate: 'A few squares in rough colors, with noise.',
    fill: 'One color.',
  },
  squares: 'Squares across a face',
  color: 'Color',
  shape: 'Shape',
  shapes: { ellipse: 'Ellipse', box: 'Box' },
  margin: 'Margin around the face',
  searchLegend: 'Search',
  profiles: { fast: 'Fast', balanced: 'Balanced', thorough: 'Thorough' },
  profileHints: {
    fast: 'Quickest. May miss small faces.',
    balanced: 'Finds nearly all faces.',
    thorough: 'Slowest. Finds small, turned and hidden faces.',
  },
  boxesAsDrawn: 'Boxes that you draw are covered as drawn.',

  // Keys
  keys: 'Keys',
  keysTitle: 'Keys (?)',
  singleKeys: 'Use single letters as keys',
  space: 'Space',
  arrows: 'Arrows',

  // A key for the server
  keyHeading: 'This server asks for a key',
  keyAdvice: 'Whoever runs it can give you one. It is kept until you close this tab.',
  keyWrong: 'The server did not take this key.',
  keyLabel: 'Key',
  keyUse: 'Use this key',

  // Promises
  promises: 'What happens to your photos',
  promiseServer: 'They go to this server only',
  promiseServerMore:
    'The page sends them to the address it came from and to nobody else. It loads nothing from other places.',
  promiseKept: 'They are not kept',
  promiseKeptMore:
    'A photo is in the server’s memory while it is worked on, and where the server is set so for minutes between your changes. Then it is gone. No picture, face or file name is written down.',
  promiseGone: 'Covered means gone',
  promiseGoneMore:
    'Nothing of a covered face is left in the file to bring back. Place, time, camera and every other hidden note are taken out too.',
  promiseLast: 'You have the last look',
  promiseLastMore:
    'No search finds every face. Look at each photo before you share it, and remember that clothes and places can tell who someone is.',

  // Every way a photo can fail
  tooLargeBoth: (size: string, limit: string) =>
    `It has ${size}, and the server takes up to ${limit}. Export the photo at a smaller size and add that.`,
  problems: {
    too_large: [
      'This file is too large',
      'The server takes smaller files only. Export the photo at a smaller size and add that.',
    ],
    too_many_pixels: [
      'This picture is too large',
      'It has more pixels or frames than the server takes. Make it smaller and add that.',
    ],
    not_a_photo: ['This is not a photo', 'JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF can be used.'],
    a_film: ['This is a film', 'This server takes photos only. Take a still picture of it and add that.'],
    a_pdf: ['This is a PDF', 'Export its pages as JPEG or PNG and add those.'],
    an_archive: ['This is an archive', 'Unpack it and add the photos in it, or the whole folder.'],
    a_drawing: ['This is a drawing (SVG)', 'Export it as PNG and add that.'],
    a_raw: [
      'This is a camera’s raw file',
      'Develop it to a JPEG, or add the JPEG that the camera made with it.',
    ],
    a_text: ['This is a text', 'JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF can be used.'],
    damaged: [
      'This photo is damaged',
      'The file is incomplete or broken. Copy it again from where it came from, and add it anew.',
    ],
    empty: ['This file is empty', 'Copy it again from where it came from, and add it anew.'],
    unsupported: ['This kind of photo cannot be used', 'Save it as a plain JPEG or PNG and add that.'],
    busy: [
      'The server is busy',
      'It has more photos than it can take just now. Try again in a little while.',
    ],
    stopping: ['The server is restarting', 'Your photo is still here. It goes on by itself.'],
    too_slow: ['This took too long', 'The server gave up on this photo. Try again, or use the fast search.'],
    no_answer: ['The server does not answer', 'Your photo is still here. Try again in a little while.'],
    not_allowed: [
      'The server asks for a key',
      'Enter the key above the photos, or ask whoever runs the server for one.',
    ],
    unreachable: [
      'The server cannot be reached',
      'Your photo is still here. It goes on by itself once the server is back.',
    ],
    gone: [
      'The server no longer has this clip',
      'It was restarted, or a long time went by. Try again: the clip is sent anew, and your decisions stay.',
    ],
    no_recognizer: [
      'This server cannot compare faces',
      'Whoever runs it can add what that needs. By hand, in the review of a photo, anybody can be left visible.',
    ],
    page_outdated: [
      'This page and the server do not fit together',
      'Download what is finished, then reload the page.',
    ],
    server_fault: [
      'The server had a fault',
      'Nothing was kept. Try again; if it happens again, tell whoever runs the server.',
    ],
  } satisfies Record<string, [string, string]>,
};

export type Words = typeof en & typeof later;
