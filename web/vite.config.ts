import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { kContentSecurityPolicy } from './content-security-policy';

// The servers send the policy as a header; this keeps it wherever else the files are served from.
// Only in the build: the development server puts styles into the page while one edits.
const policyInThePage: Plugin = {
  name: 'policy-in-the-page',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: kContentSecurityPolicy },
      injectTo: 'head-prepend',
    },
  ],
};

/** Smaller is not worth a file of its own. */
const kLeastBytes = 1000;

// What a server hands out to those who take it so: each text also as .gz and .br, made once, here.
const compressedBeside: Plugin = {
  name: 'compressed-beside',
  apply: 'build',
  writeBundle({ dir = 'dist' }) {
    const texts = readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(css|html|js|json|svg|webmanifest)$/.test(name))
      .map((name) => join(dir, name));
    for (const file of texts) {
      const text = readFileSync(file);
      if (text.length < kLeastBytes) continue;
      writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
      writeFileSync(`${file}.br`, brotliCompressSync(text));
    }
  },
};

export default defineConfig({
  base: './',
  worker: { format: 'es' },
  plugins: [svelte(), policyInThePage, compressedBeside],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the policy allows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: { page: 'index.html', 'service-worker': 'src/shell/service-worker.ts' },
      output: {
        // Under one name for ever, beside the page: what it may answer for is its own folder.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    // `npm run dev` beside a running `face-privacy serve`.
    proxy: { '/api': process.env['FACE_PRIVACY_URL'] ?? 'http://127.0.0.1:3000' },
  },
});
