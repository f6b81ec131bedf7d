/**
 * The mini-batch that travels from sampler to trainer, and its safetensors form.
 *
 * <pre>{@code
 * Schema schema = Schema.ofNumbers(List.of("amount"), "label", List.of("ok", "fraud"));
 * MiniBatch batch =
 *     new MiniBatch(
 *         new MiniBatch.Draws(
 *             new float[] {12.5f}, new long[] {1}, new float[] {0.8f}, new int[] {0}, new long[] {41},
 *             new byte[] {1}),
 *         new MiniBatch.EvaluationSlice(
 *             new float[0], new long[0], new float[0], new int[0], new long[0]),
 *         MiniBatch.Known.nothing(2),
 *         new float[] {0.99f, 0.01f}, new float[] {0.5f, 50}, new float[] {3.4f, 64},
 *         new MiniBatch.Origin(
 *             "fraud", 7, new TreeMap<>(Map.of(0, new Span(40, 44))), new TreeMap<>(), 0, 0,
 *             new StreamIdentity("cluster", "topic"), schema));
 * MiniBatch read = MiniBatchFormat.read(MiniBatchFormat.write(batch, 1));
 *
 * assert read.draws().sourceOffset()[0] == 41 && read.origin().events() == 4;
 * }</pre>
 */
@NullMarked
package dev.counterweight.batch;

import org.jspecify.annotations.NullMarked;
