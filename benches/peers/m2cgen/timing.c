/* Times the generated scorer one row after the other, as examples/single_row.rs times ours.
 *
 * timing ROWS PASSES: reads rows of four doubles from the file, goes through them that often, and prints the
 * nanoseconds a row took and the sum of all class indices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* In a file of its own, with the generated code inlined into it, so that rows can't be worked on together. */
int class_of(double *row);

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
    static double rows[4 * 65536];
    FILE *file = count == 3 ? fopen(arguments[1], "rb") : NULL;
    if (file == NULL) {
        fputs("usage: timing ROWS PASSES\n", stderr);
        return 2;
    }
    size_t n_rows = fread(rows, 4 * sizeof(double), 65536, file);
    fclose(file);
    long passes = atol(arguments[2]);

    long checksum = 0;
    double start = seconds();
    for (long pass = 0; pass < passes; pass++)
        for (size_t row = 0; row < n_rows; row++)
            checksum += class_of(rows + 4 * row);
    double elapsed = seconds() - start;
    printf("%.4f %ld\n", elapsed * 1e9 / ((double)passes * (double)n_rows), checksum);
    return 0;
}
