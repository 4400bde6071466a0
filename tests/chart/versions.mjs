// Unpacks Helm, and says which versions these are.
import { helm, VERSIONS } from './helm.mjs';

for (const version of VERSIONS) console.log((await helm(version, 'version', '--short')).trim());
