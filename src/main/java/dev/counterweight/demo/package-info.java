/** An embedded broker, the bundled data, its replay, and the report that shows what was learnt. */
@NullMarked
package dev.counterweight.demo;

import org.jspecify.annotations.NullMarked;
