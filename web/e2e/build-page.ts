import { execFileSync } from 'node:child_process';
import { kRoot } from './service';

export default function buildPage(): void {
  execFileSync(`${kRoot}/scripts/build-web`, { stdio: 'inherit' });
}
