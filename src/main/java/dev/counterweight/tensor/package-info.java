/** Named arrays and their file form, safetensors: how state is saved and restored. */
@NullMarked
package dev.counterweight.tensor;

import org.jspecify.annotations.NullMarked;
