// What the page may load: itself, the photos and clips it holds (blob:), and calls to its own origin.
// frame-ancestors counts in a header only, so it is left to the servers.
export const kContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  'media-src blob:',
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
