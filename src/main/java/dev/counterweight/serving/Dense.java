package dev.counterweight.serving;

/**
 * The parameters of a linear layer, as PyTorch has them.
 *
 * @param weights those of output o from {@code weightsAt} + o inputs; not copied
 * @param biases those of the outputs from {@code biasesAt}; not copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record Dense(
    int inputs, int outputs, float[] weights, int weightsAt, float[] biases, int biasesAt) {}
