// What someone set on this device: kept by the browser, where it lets the page keep anything.
import {
  kDefaultLook,
  kDefaultProfile,
  kProfiles,
  kShapes,
  kStyles,
  type Look,
  type Profile,
} from '../api/types';

const kPlace = 'face-privacy';

interface Kept {
  look: Look;
  profile: Profile;
  neutralNames: boolean;
  singleKeys: boolean;
  language: string;
}

function stored(): Partial<Record<keyof Kept, unknown>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(kPlace) ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function oneOf<T>(values: readonly T[], value: unknown, usual: T): T {
  return values.find((one) => one === value) ?? usual;
}

/** Nothing that was kept is believed unseen: an older page may have written it. */
function lookOf(value: unknown): Look {
  const look = (typeof value === 'object' && value !== null ? value : {}) as Partial<
    Record<keyof Look, unknown>
  >;
  const within = (number: unknown, least: number, most: number, usual: number) =>
    typeof number === 'number' && number >= least && number <= most ? number : usual;
  return {
    style: oneOf(kStyles, look.style, kDefaultLook.style),
    shape: oneOf(kShapes, look.shape, kDefaultLook.shape),
    margin: within(look.margin, 0, 1, kDefaultLook.margin),
    cells: Math.round(within(look.cells, 1, 6, kDefaultLook.cells)),
    color: /^#[0-9a-f]{6}$/.test(String(look.color)) ? String(look.color) : kDefaultLook.color,
  };
}

class Settings {
  look: Look;
  profile: Profile;
  neutralNames: boolean;
  singleKeys: boolean;
  language: string | undefined;

  constructor() {
    const kept = stored();
    this.look = $state.raw(lookOf(kept.look));
    this.profile = $state(oneOf(kProfiles, kept.profile, kDefaultProfile));
    this.neutralNames = $state(kept.neutralNames === true);
    this.singleKeys = $state(kept.singleKeys !== false);
    this.language = $state(typeof kept.language === 'string' ? kept.language : undefined);
  }

  keep(change: Partial<Kept>): void {
    Object.assign(this, change);
    const { look, profile, neutralNames, singleKeys, language } = this;
    try {
      localStorage.setItem(kPlace, JSON.stringify({ look, profile, neutralNames, singleKeys, language }));
    } catch {
      // A browser that keeps nothing: it is so for this visit only.
    }
  }
}

export const settings = new Settings();
