/**
 * Named arrays and their file form, safetensors: how state is saved and restored.
 *
 * <pre>{@code
 * SortedMap<String, Tensor> tensors = new TreeMap<>();
 * tensors.put("0.weight", new Tensor.F32(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
 * byte[] file = new SafeTensors(tensors).toBytes();
 *
 * assert SafeTensors.parse(file).floats("0.weight", 2, 3)[5] == 6;
 * }</pre>
 */
@NullMarked
package dev.counterweight.tensor;

import org.jspecify.annotations.NullMarked;
