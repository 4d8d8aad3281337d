// Faces as the npm package "retinaface" decodes them itself: node npm_retinaface.mjs NODE_MODULES
// MODEL SIDE < RGBA bytes of a SIDE x SIDE picture; prints a JSON array of {rect, landmarks, prob}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, model, sideText] = process.argv.slice(2);
const side = Number(sideText);
const onnxruntime = createRequire(pathToFileURL(`${modules}/`))('onnxruntime-node');
const { default: Retinaface } = await import(pathToFileURL(`${modules}/retinaface/dist/index.js`));

const session = await onnxruntime.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const picture = { width: side, height: side, data: new Uint8Array(readFileSync(0)) };
const faces = await new Retinaface(session, onnxruntime.Tensor, side, side).detect(picture);
console.log(JSON.stringify(faces));
