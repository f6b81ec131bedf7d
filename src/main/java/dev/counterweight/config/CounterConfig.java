package dev.counterweight.config;

/**
 * The counter's settings.
 *
 * @param formula of the class weights, with its parameters
 * @param maxRatio cap on the largest over the smallest weight, at least 1
 * @param halfLife by which what was counted fades
 * @param updateIntervalMs time between snapshots while events flow; 0 publishes by count only
 * @param updateEvents while catching up, the most events between snapshots
 */
public record CounterConfig(
    FormulaConfig formula,
    double maxRatio,
    HalfLife halfLife,
    long updateIntervalMs,
    long updateEvents) {}
