// What is said between the page and the service.

/** Pixels of the upright picture; may have fractions and may cross the picture's edge. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Face {
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
  /** Of an animation, from 0. */
  readonly frame?: number;
}

export interface Detection {
  readonly image: Size;
  readonly faces: readonly Face[];
  /** A face counted from here on. */
  readonly minScore?: number | undefined;
  /** SHA-256 of the weights that found them. */
  readonly model?: string | undefined;
  /** The service takes corrections. */
  readonly takesFeedback?: boolean | undefined;
  /** The service signs receipts. */
  readonly signsReceipts?: boolean | undefined;
}

export const kProfiles = ['fast', 'balanced', 'thorough'] as const;
export type Profile = (typeof kProfiles)[number];

export const kStyles = ['blur', 'pixelate', 'fill'] as const;
export type Style = (typeof kStyles)[number];

export const kShapes = ['ellipse', 'box'] as const;
export type Shape = (typeof kShapes)[number];

/** What is covered, with what is its own; the look tells the rest. */
export interface Region extends Box {
  readonly shape?: Shape | undefined;
  readonly margin?: number | undefined;
  readonly style?: Style | undefined;
}

/** How a face is covered. */
export interface Look {
  readonly style: Style;
  readonly shape: Shape;
  /** Share of the box's size that is added on each side. */
  readonly margin: number;
  /** Across a face; pixelate only. */
  readonly cells: number;
  /** #rrggbb; fill only. */
  readonly color: string;
}

export const kMaxCells = 6;
export const kDefaultLook: Look = {
  style: 'blur',
  shape: 'ellipse',
  margin: 0.15,
  cells: 6,
  color: '#000000',
};
export const kDefaultProfile: Profile = 'balanced';
