/** Plots as SVG text, drawn without a browser. The one file that imports ECharts. */
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

use([CustomChart, LineChart, ScatterChart, GridComponent, LabelLayout, SVGRenderer]);

export type PlotOption = EChartsCoreOption;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Attributes by which ECharts would find elements again in a browser, and styles of the mouse pointer. */
const OF_THE_MOUSE = / (?:ecmeta_\w+|pointer-events|class)="[^"]*"|<style\b[^]*?<\/style>/g;
const BACKGROUND = /<rect\b[^>]*fill="(?:none|transparent)"[^>]*><\/rect>/;

/** @param title what a screen reader says instead of the picture */
export function drawSvg(option: PlotOption, { width, height }: Size, title: string, className: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, backgroundColor: 'transparent', ...option });
    const drawn = chart.renderToSVGString().replace(OF_THE_MOUSE, '').replace(BACKGROUND, '');
    const label = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    return drawn.replace(/^<svg\b/, `<svg class="${className}" role="img" aria-label="${label}"`);
  } finally {
    // A chart keeps timers, which would keep the process.
    chart.dispose();
  }
}
