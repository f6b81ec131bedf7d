package dev.counterweight.event;

/**
 * The table of a category's rows, and the columns that name them: the feature is the mean of the
 * rows named.
 *
 * @param feature the name of its feature
 * @param firstColumn of {@code columns} columns
 */
public record Embedding(String feature, Feature.Table table, int firstColumn, int columns) {}
