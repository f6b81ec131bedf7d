package dev.counterweight.config;

import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.WeightFormula;

/**
 * The counter's settings.
 *
 * @param formula of the class weights
 * @param maxRatio cap on the largest over the smallest weight, at least 1
 * @param halfLife by which what was counted fades
 * @param minChange relative change of a weight below which the published weights stand still; 0 for
 *     none
 * @param updateIntervalMs time between snapshots while events flow; 0 publishes by count only
 * @param updateEvents while catching up, the most events between snapshots
 */
public record CounterConfig(
    WeightFormula formula,
    double maxRatio,
    HalfLife halfLife,
    double minChange,
    long updateIntervalMs,
    long updateEvents) {}
