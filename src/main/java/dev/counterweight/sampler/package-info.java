/** The sampler role: the consumer loop that follows the counter and writes batch records. */
@NullMarked
package dev.counterweight.sampler;

import org.jspecify.annotations.NullMarked;
