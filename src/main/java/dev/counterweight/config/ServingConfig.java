package dev.counterweight.config;

/**
 * How scores become what is served.
 *
 * @param calibrate whether served probabilities are corrected by what was seen of them
 */
public record ServingConfig(boolean calibrate) {}
