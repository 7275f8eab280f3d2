// A JPEG decoder on libjpeg's interface. Functions return 0, or 1 with a
// message in jpegx_message. A reader belongs to one thread at a time.
#ifndef COCOSTAT_JPEG_READER_H
#define COCOSTAT_JPEG_READER_H

#include <stddef.h>

typedef struct jpegx_reader jpegx_reader;

jpegx_reader *jpegx_new(void); // NULL: no memory
void jpegx_free(jpegx_reader *r);
const char *jpegx_message(const jpegx_reader *r);

// Reads the dimensions of the image in data.
int jpegx_size(jpegx_reader *r, const unsigned char *data, size_t n, int *width, int *height);

// Decodes the image, averaged over scale×scale pixels (1, 2, 4 or 8), into rgb,
// which has room for ceil(width/scale)·ceil(height/scale) pixels: capacity bytes.
int jpegx_decode(jpegx_reader *r, const unsigned char *data, size_t n, int scale, unsigned char *rgb, size_t capacity);

#endif
