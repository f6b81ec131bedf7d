package dev.counterweight.runtime;

/**
 * A metric that a room measures: a constant of that room's enum. Meters are built from its
 * declaration by {@link JobMeters}, and docs/metrics.md is written from it, so that a name has one
 * meaning, one unit and the same tag keys wherever it is used.
 */
public interface Metric {
  /** What it is. */
  MetricDeclaration declaration();
}
