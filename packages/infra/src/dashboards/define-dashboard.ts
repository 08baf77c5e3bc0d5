import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { BigValueColorMode, BigValueGraphMode, type DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsPanel } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';

/** A dashboard of this package. */
export interface DashboardSource {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  /** What it is for. */
  readonly description: string;
  readonly tags: readonly string[];
  /** The time that is shown at first, such as `now-6h`. */
  readonly from: string;
  /** Variables whose values are those of a label: `$instance` stands for those that were chosen. */
  readonly labels: readonly LabelVariable[];
  /** By title, in their order. */
  readonly rows: Readonly<Record<string, readonly PanelSource[]>>;
}

interface LabelVariable {
  readonly name: string;
  readonly metric: string;
}

/** A panel answers one question. */
export interface PanelSource {
  readonly title: string;
  /** The question, and how to read the answer. */
  readonly question: string;
  /** A value as it is, values over time, or lines of a log; counts of lines over time are `log-rate`. */
  readonly kind: 'stat' | 'time' | 'logs' | 'log-rate';
  /** PromQL, or LogQL for the kinds of logs: expressions by legend. */
  readonly queries: Readonly<Record<string, string>>;
  /** A unit of Grafana, such as `s`, `percentunit`, `ops`; none is a count. */
  readonly unit?: string;
  /** From which value on it is yellow and red; `below` where little is bad. */
  readonly limits?: { readonly warning?: number; readonly critical?: number; readonly below?: true };
  /** Of 24 columns. */
  readonly width?: number;
}

const prometheus: DataSourceRef = { type: 'prometheus', uid: '${prometheus}' };
const loki: DataSourceRef = { type: 'loki', uid: '${loki}' };

/** The JSON model that Grafana reads. Data sources are variables, so it fits any Grafana. */
export function defineDashboard(source: DashboardSource): Dashboard {
  const builder = new DashboardBuilder(source.title)
    .uid(source.uid)
    .description(source.description)
    .tags([...source.tags])
    .time({ from: source.from, to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .withVariable(new DatasourceVariableBuilder('prometheus').label('Prometheus').type('prometheus'));
  const panels = Object.values(source.rows).flat();
  if (panels.some(isOfLogs)) builder.withVariable(new DatasourceVariableBuilder('loki').label('Loki').type('loki'));
  for (const { name, metric } of source.labels) builder.withVariable(labelVariable(name, metric));
  for (const [title, row] of Object.entries(source.rows)) {
    builder.withRow(new RowBuilder(title));
    for (const panel of row) builder.withPanel(panelOf(panel));
  }
  const dashboard = builder.build();
  // Links to a panel name it by its number, which Grafana would otherwise draw anew whenever it loads the file.
  return { ...dashboard, panels: dashboard.panels!.map((panel, index) => ({ ...panel, id: index + 1 })) };
}

const isOfLogs = ({ kind }: PanelSource): boolean => kind === 'logs' || kind === 'log-rate';

function labelVariable(name: string, metric: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .datasource(prometheus)
    .query(`label_values(${metric}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
}

function panelOf(source: PanelSource): Builder<Panel> {
  const { title, question, kind, queries, unit = 'short', limits, width = kind === 'stat' ? 6 : 12 } = source;
  const datasource = isOfLogs(source) ? loki : prometheus;
  const targets = Object.entries(queries).map(([legend, expr], index) => queryOf(kind, expr, legend, 'ABCDEFGH'[index]!));
  if (kind === 'logs')
    return new LogsPanel().title(title).description(question).datasource(datasource).span(24).height(9).showTime(true).targets(targets);
  const panel =
    kind === 'stat'
      ? new StatPanel().graphMode(BigValueGraphMode.None).colorMode(BigValueColorMode.Value).height(4)
      : new TimeSeriesPanel().fillOpacity(10).height(8).min(0);
  panel.title(title).description(question).datasource(datasource).unit(unit).span(width).targets(targets);
  return limits ? panel.thresholds(thresholds(limits)) : panel;
}

function queryOf(kind: PanelSource['kind'], expr: string, legend: string, refId: string): Builder<Dataquery> {
  if (kind === 'logs') return new LokiQuery().datasource(loki).expr(expr).refId(refId);
  if (kind === 'log-rate') return new LokiQuery().datasource(loki).expr(expr).legendFormat(legend).refId(refId);
  const query = new PrometheusQuery().datasource(prometheus).expr(expr).legendFormat(legend).refId(refId);
  return kind === 'stat' ? query.instant() : query.range();
}

function thresholds({ warning, critical, below }: NonNullable<PanelSource['limits']>): ThresholdsConfigBuilder {
  const steps = [
    { value: null, color: below ? 'red' : 'green' },
    ...(below
      ? [
          { value: critical, color: 'yellow' },
          { value: warning, color: 'green' },
        ]
      : [
          { value: warning, color: 'yellow' },
          { value: critical, color: 'red' },
        ]),
  ];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.flatMap(({ value, color }) => (value === undefined ? [] : [{ value, color }])));
}
