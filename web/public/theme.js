// Sets the theme before the first paint, so that nothing flashes. Loaded as a file: the content security policy
// allows no inline script. The words are those of src/app/theme.ts.
(function () {
  var wish = null;
  try { wish = localStorage.getItem('genlock.theme'); } catch (_) { /* storage may be switched off */ }
  var light = wish === 'light' || (wish === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
  var meta = document.querySelector('meta[name="theme-color"]');
  if (meta) meta.content = light ? '#FFFFFF' : '#0E1014';
})();
