package dev.counterweight.config;

import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.WeightFormula;

/**
 * The counter's settings.
 *
 * @param formula of the class weights
 * @param maxRatio cap on the largest over the smallest weight, at least 1
 * @param halfLife by which what was counted fades
 * @param updateIntervalMs time between snapshots while events flow; 0 publishes by count only
 * @param updateEvents while catching up, the most events between snapshots
 */
public record CounterConfig(
    WeightFormula formula,
    double maxRatio,
    HalfLife halfLife,
    long updateIntervalMs,
    long updateEvents) {}
