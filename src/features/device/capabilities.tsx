import type { DeviceReport } from '../../lab/events.ts';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import styles from './device-page.module.css';

/** The limits that decide what can be run, first; the others in the table. */
const DECISIVE = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupStorageSize', 'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupsPerDimension'] as const;

export function Capabilities({ device }: { readonly device: DeviceReport }) {
  const others = Object.entries(device.limits)
    .filter(([name]) => !DECISIVE.some((decisive) => decisive === name))
    .sort(([a], [b]) => a.localeCompare(b));
  return (
    <section className={styles.section} aria-label="Capabilities">
      <h2>Capabilities and limits</h2>
      <dl className={styles.facts}>
        <Fact name="Vendor, architecture" value={[device.vendor, device.architecture].filter((part) => part !== '').join(', ') || 'not told'} />
        <Fact name="Kind" value={device.software ? 'software adapter (runs on the CPU; slow, same numbers)' : 'hardware adapter'} />
        {DECISIVE.filter((name) => name in device.limits).map((name) => (
          <Fact key={name} name={words(name)} value={limitText(name, device.limits[name])} />
        ))}
      </dl>
      <h3>Features</h3>
      {device.features.length === 0 ? (
        <p className={styles.note}>None beyond the standard’s base.</p>
      ) : (
        <ul className={styles.features}>
          {[...device.features].sort().map((feature) => (
            <li key={feature}>{feature}</li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <details>
          <summary>All other limits</summary>
          <DataTable
            caption="Other limits"
            columns={[
              { id: 'limit', label: 'limit' },
              { id: 'value', label: 'value', align: 'right' },
            ]}
            rows={others.map(([name, value]) => [words(name), limitText(name, value)])}
            maxHeight={320}
          />
        </details>
      )}
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** "maxBufferSize" as people read it. */
function words(name: string): string {
  const text = name.replace(/^max/, 'max ').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function limitText(name: string, value: number): string {
  return /Size$/.test(name) && !/Workgroup(SizeX|SizeY|SizeZ)/.test(name) ? formatBytes(value) : formatCount(value);
}
