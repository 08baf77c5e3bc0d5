/** The filter. Without it the page says the same, and the form that needs it stays hidden. */
export const script = `
'use strict';
const form = document.querySelector('form.filter');
const findings = [...document.querySelectorAll('#findings .finding')];
const groups = [...document.querySelectorAll('#findings .group')];
const output = form && form.querySelector('output');
const texts = new Map(findings.map((finding) => [finding, finding.textContent.toLowerCase()]));

function apply() {
  const words = form.elements.words.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const family = form.elements.family.value;
  const kinds = new Set([...form.querySelectorAll('input[name=kind]:checked')].map((box) => box.value));
  let shown = 0;
  for (const finding of findings) {
    const fits =
      (family === '' || finding.dataset.family === family) &&
      kinds.has(finding.dataset.kind) &&
      words.every((word) => texts.get(finding).includes(word));
    finding.hidden = !fits;
    if (fits) shown++;
  }
  for (const group of groups) group.hidden = !group.querySelector('.finding:not([hidden])');
  output.textContent = shown + ' of ' + findings.length + ' shown';
}

function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
  if (form && target.closest('[hidden]')) {
    form.reset();
    apply();
    target.scrollIntoView();
  }
}

if (form) {
  form.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(apply));
  apply();
}
addEventListener('hashchange', reveal);
reveal();
const closed = [];
addEventListener('beforeprint', () => {
  for (const each of document.querySelectorAll('details:not([open])')) closed.push(each), (each.open = true);
});
addEventListener('afterprint', () => {
  for (const each of closed.splice(0)) each.open = false;
});
`;
