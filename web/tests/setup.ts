// Node 18 has File, though not under its global name.
import { File as NodeFile } from 'node:buffer';

globalThis.File ??= NodeFile as unknown as typeof File;
