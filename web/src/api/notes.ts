// What a file carries beside its picture, by the names that the service gives.
/** The kinds, in the service's order. */
export const kNotes = [
  'position',
  'date',
  'device',
  'serial_number',
  'owner',
  'people',
  'comments',
  'thumbnail',
  'maker_notes',
  'camera_settings',
  'film',
  'edits',
  'panorama',
  'xmp',
  'iptc',
  'extra_pictures',
  'provenance',
  'profile_tags',
  'trailer',
  'other',
] as const;
export type Note = (typeof kNotes)[number];

/** Of a list "position, date"; names that this page does not know are left out. */
export function notesFrom(list: string): Note[] {
  const names = list.split(',').map((name) => name.trim());
  return kNotes.filter((note) => names.includes(note));
}
