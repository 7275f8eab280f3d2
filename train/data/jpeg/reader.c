//go:build !purejpeg

#include "reader.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum {
    max_scans = 500, // of a progressive file; more are an attack, not a picture
    max_rows = 16    // handed to libjpeg at once
};

struct jpegx_reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    int open; // whether the header has been read
    char message[JMSG_LENGTH_MAX];
};

static jpegx_reader *of(j_common_ptr jpeg) {
    return (jpegx_reader *)jpeg; // jpeg is its first member
}

static void fail(j_common_ptr jpeg) {
    jpegx_reader *r = of(jpeg);
    jpeg->err->format_message(jpeg, r->message);
    longjmp(r->failed, 1);
}

// libjpeg reports damage as warnings (level -1) and goes on with grey. Damage
// that loses pixels is an error here. What is left without one: bytes before a
// marker, odd headers, and a missing end marker where all the data is there.
static void note(j_common_ptr jpeg, int level) {
    if (level >= 0)
        return;
    switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
        // In a single scan, data that lacks is noticed as JWRN_HIT_MARKER.
        if (!of(jpeg)->open || jpeg_has_multiple_scans((j_decompress_ptr)jpeg))
            fail(jpeg);
        break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        fail(jpeg);
    }
}

static void count_scans(j_common_ptr jpeg) {
    if (((j_decompress_ptr)jpeg)->input_scan_number > max_scans) {
        snprintf(of(jpeg)->message, JMSG_LENGTH_MAX, "more than %d scans", max_scans);
        longjmp(of(jpeg)->failed, 1);
    }
}

static void silent(j_common_ptr jpeg) { (void)jpeg; }

jpegx_reader *jpegx_new(void) { return calloc(1, sizeof(jpegx_reader)); }

void jpegx_free(jpegx_reader *r) { free(r); }

const char *jpegx_message(const jpegx_reader *r) { return r->message; }

// Makes a decompressor and reads the header. An image has a decompressor of its
// own: jpeg_abort_decompress would leave it the tables of the one before.
static void begin(jpegx_reader *r, const unsigned char *data, size_t n) {
    r->open = 0;
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->errors.error_exit = fail;
    r->errors.emit_message = note;
    r->errors.output_message = silent;
    jpeg_create_decompress(&r->jpeg);
    r->progress.progress_monitor = count_scans;
    r->jpeg.progress = &r->progress;
    jpeg_mem_src(&r->jpeg, (unsigned char *)data, n);
    jpeg_read_header(&r->jpeg, TRUE);
    r->open = 1;
}

// Takes the decompressor away, and returns what it is given.
static int end(jpegx_reader *r, int status) {
    jpeg_destroy_decompress(&r->jpeg);
    return status;
}

int jpegx_size(jpegx_reader *r, const unsigned char *data, size_t n, int *width, int *height) {
    if (setjmp(r->failed))
        return end(r, 1);
    begin(r, data, n);
    *width = (int)r->jpeg.image_width;
    *height = (int)r->jpeg.image_height;
    return end(r, 0);
}

// Four-component files hold inverted ink, as Adobe's programs write them.
static void ink_to_rgb(unsigned char *rgb, const unsigned char *ink, size_t pixels) {
    for (size_t i = 0; i < pixels; i++, rgb += 3, ink += 4)
        for (int c = 0; c < 3; c++)
            rgb[c] = (unsigned char)((ink[c] * ink[3] + 127) / 255);
}

static void read_ink(jpegx_reader *r, unsigned char *rgb) {
    struct jpeg_decompress_struct *j = &r->jpeg;
    JSAMPARRAY row = j->mem->alloc_sarray((j_common_ptr)j, JPOOL_IMAGE, j->output_width * 4, 1);
    for (; j->output_scanline < j->output_height; rgb += 3 * (size_t)j->output_width) {
        jpeg_read_scanlines(j, row, 1);
        ink_to_rgb(rgb, row[0], j->output_width);
    }
}

static void read_rgb(jpegx_reader *r, unsigned char *rgb) {
    struct jpeg_decompress_struct *j = &r->jpeg;
    JSAMPROW rows[max_rows];
    while (j->output_scanline < j->output_height) {
        int n = 0;
        for (size_t y = j->output_scanline; n < max_rows && y < j->output_height; n++, y++)
            rows[n] = rgb + y * 3 * j->output_width;
        jpeg_read_scanlines(j, rows, n);
    }
}

int jpegx_decode(jpegx_reader *r, const unsigned char *data, size_t n, int scale, unsigned char *rgb, size_t capacity) {
    struct jpeg_decompress_struct *j = &r->jpeg;
    if (setjmp(r->failed))
        return end(r, 1);
    begin(r, data, n);
    int ink = j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK;
    j->out_color_space = ink ? JCS_CMYK : JCS_RGB;
    j->scale_num = 1;
    j->scale_denom = scale;
    j->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(j);
    if (3 * (size_t)j->output_width * j->output_height > capacity) {
        strcpy(r->message, "the image is larger than its header said");
        return end(r, 1);
    }
    if (ink)
        read_ink(r, rgb);
    else
        read_rgb(r, rgb);
    return end(r, 0);
}
