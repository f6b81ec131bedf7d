package dev.counterweight.serving;

import org.jspecify.annotations.Nullable;

/**
 * How scores become what is served.
 *
 * @param calibrate whether served probabilities are corrected by what was seen of them
 * @param decision how an event's class is decided
 * @param predictionsTopic gets every scored event; null for none
 */
public record ServingConfig(
    boolean calibrate, DecisionConfig decision, @Nullable String predictionsTopic) {}
