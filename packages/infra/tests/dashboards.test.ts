import { describe, expect, it } from 'vitest';
import { dashboards } from '../src/dashboards/index.ts';

const panels = dashboards.flatMap(({ title, panels: all }) =>
  (all ?? []).flatMap((panel) =>
    'datasource' in panel ? [{ dashboard: title!, panel: panel.title!, text: (panel as { description?: string }).description ?? '' }] : [],
  ),
);

describe('the panels of the dashboards', () => {
  it.each(panels)('$dashboard, $panel: says the one question that it answers', ({ text }) => {
    expect(text.match(/\?/g)).toHaveLength(1);
    expect(text).toMatch(/^[A-Z][^.]*\?/);
  });

  it('answer each another one', () => {
    const questions = panels.map(({ dashboard, text }) => `${dashboard}: ${/^.*?\?/.exec(text)![0]}`);
    expect(questions.length).toBeGreaterThan(20);
    expect(new Set(questions).size).toBe(questions.length);
  });

  it('have a number each, rows included, which a link may name', () => {
    for (const { title, panels: all } of dashboards) {
      const numbers = all!.map(({ id }) => id);
      expect(numbers, title).toEqual(all!.map((_, index) => index + 1));
    }
  });
});
