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

export default defineConfig({
  base: './',
  worker: { format: 'es' },
  plugins: [svelte(), policyInThePage],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the policy allows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` beside a running `face-privacy serve`.
    proxy: { '/api': process.env['FACE_PRIVACY_URL'] ?? 'http://127.0.0.1:3000' },
  },
});
