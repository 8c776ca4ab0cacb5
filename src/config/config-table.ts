/**
 * Renders the reference of all environment variables as Markdown, from the schemas that also check them. Called by
 * print-config-table.ts, which writes docs/configuration.md, and by the test that says whether that file is up to date.
 */
import type { Type } from 'typebox';
import { ACCEPTED_RISKS } from './accepted-risks.js';
import { VARIABLE_NAMES, VARIABLES } from './env.js';
import { acceptedValues } from './read-variables.js';
import { OPTIONAL_SECRETS, SECRET_VARIABLES } from './secrets.js';

const HEAD = `# Configuration

Ringpost is configured by environment variables. All are optional but the secrets with \`RINGPOST_ENGINE=servers\`. Relative paths start
at the folder that Ringpost is started in. What contradicts itself is refused at start, every fault in one list. Unknown names that begin
with \`RINGPOST_\` are refused too; those that begin with \`RINGPOST_FS_\` belong to FreeSWITCH (freeswitch-conf/README.md).

This file is generated: \`npm run build && npm run config:table\`.
`;

interface Row {
  readonly name: string;
  readonly takes: string;
  readonly defaultValue: string;
  readonly description: string;
}

function rowOf(name: string, schema: Type.TSchema): Row {
  const unit = 'unit' in schema ? ` ${String(schema.unit)}` : '';
  const derived = 'derived' in schema ? String(schema.derived) : '';
  return {
    name,
    takes: 'pattern' in schema ? 'text' : acceptedValues(schema),
    defaultValue: 'default' in schema ? `\`${String(schema.default)}\`${unit}` : derived,
    description: 'description' in schema ? String(schema.description) : '',
  };
}

function tableOf(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const lines = rows.map(
    ({ name, takes, defaultValue, description }) =>
      `| \`${name}\` | ${cell(takes)} | ${cell(defaultValue)} | ${cell(description)} |`,
  );
  return ['| variable | takes | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function secretRows(): Row[] {
  const rows = Object.values(SECRET_VARIABLES).flatMap(({ name, description, publicDefault }) => [
    {
      name,
      takes: 'printable ASCII',
      defaultValue: 'random with the embedded switch, none otherwise',
      description: `${description} \`${publicDefault}\`, which everybody knows, is refused.`,
    },
    { name: `${name}_FILE`, takes: 'a path', defaultValue: 'none', description: `A file with the same, in its place.` },
  ]);
  const optional = Object.entries(OPTIONAL_SECRETS).flatMap(([name, description]) => [
    { name, takes: 'printable ASCII', defaultValue: 'none', description },
    { name: `${name}_FILE`, takes: 'a path', defaultValue: 'none', description: `A file with the same, in its place.` },
  ]);
  const risks = Object.values(ACCEPTED_RISKS).map(({ name, words, description }) => ({
    ...{ name, description },
    takes: `\`${words}\``,
    defaultValue: 'none',
  }));
  return [...rows, ...optional, ...risks];
}

export function renderConfigTable(): string {
  const groups = new Map<string, Row[]>();
  for (const name of VARIABLE_NAMES) {
    const schema: Type.TSchema = VARIABLES.properties[name];
    const group = 'group' in schema ? String(schema.group) : '';
    groups.set(group, [...(groups.get(group) ?? []), rowOf(name, schema)]);
  }
  groups.set('Secrets', secretRows());
  const sections = [...groups].map(([group, rows]) => `## ${group}\n\n${tableOf(rows)}\n`);
  return [HEAD, ...sections].join('\n');
}
