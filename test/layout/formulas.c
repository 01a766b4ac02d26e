/*
 * Answers questions about the layout by the formulas of sharena.h, one a line, so that they can be compared with those of
 * the TypeScript side:
 *
 *     lines CLASS            lines of a slot table
 *     home PLACE CLASS       home line of a place
 *     place TAG BITS         segment and place of a tag
 *     geometry PAGES BUFFERS SEGMENTS INDEX
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sharena.h"

static void answer_geometry(uint32_t pages, uint32_t buffers, uint32_t segments, uint32_t index) {
    static sharena_arena_header header;
    header.memory_pages = (int32_t)pages;
    header.buffer_count = (int32_t)buffers;
    header.segment_count = (int32_t)segments;
    header.buffer_index = (int32_t)index;
    sharena_geometry g = sharena_geometry_of(&header);
    printf("%u %u %u %u %u %u %u %u %u %u\n", g.byte_length, g.page_count, g.segment_count, g.threads_word, g.ring_word,
           g.leases_word, g.lease_count, g.segments_word, g.page_table_word, g.first_page);
}

int main(void) {
    char line[128], what[16];
    uint32_t a, b, c, d;
    while (fgets(line, sizeof line, stdin) != NULL) {
        int count = sscanf(line, "%15s %u %u %u %u", what, &a, &b, &c, &d);
        if (strcmp(what, "lines") == 0 && count == 2) printf("%u\n", sharena_table_lines(a));
        else if (strcmp(what, "home") == 0 && count == 3) printf("%u\n", sharena_home_line(a, b));
        else if (strcmp(what, "place") == 0 && count == 3) printf("%u %u\n", sharena_segment_of(a, b), sharena_place_of(a, b));
        else if (strcmp(what, "geometry") == 0 && count == 5) answer_geometry(a, b, c, d);
        else {
            fprintf(stderr, "no question: %s", line);
            return 1;
        }
    }
    return 0;
}
