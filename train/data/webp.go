package data

import (
	"image"

	"cocostat/train/internal/buffer"
)

// fromWebP fills d.full with a lossy WebP picture, and reports whether img is
// one. Its luma lies in 16…235 and its chroma in 16…240 (BT.601), whereas Go's
// conversions take all 8 bits to be used, as in JPEG. alpha may be nil.
func (d *decoder) fromWebP(img image.Image) bool {
	var planes *image.YCbCr
	var alpha []byte
	stride := 0
	switch img := img.(type) {
	case *image.YCbCr:
		planes = img
	case *image.NYCbCrA:
		planes, alpha, stride = &img.YCbCr, img.A, img.AStride
	default:
		return false
	}
	p := &d.full
	p.shape(planes.Rect.Dx(), planes.Rect.Dy())
	columns := (p.width + 1) / 2
	d.chroma = buffer.Resized(d.chroma, 2*columns)
	for y := range p.height {
		near, far := y/2, y/2-1+y%2*2
		far = min(max(far, 0), (p.height-1)/2)
		for i, plane := range [][]byte{planes.Cb, planes.Cr} {
			weigh(d.chroma[i*columns:][:columns], plane[near*planes.CStride:], plane[far*planes.CStride:])
		}
		studioRow(p.row(y), planes.Y[y*planes.YStride:], d.chroma[:columns], d.chroma[columns:])
		if alpha != nil {
			for x, a := range alpha[y*stride:][:p.width] {
				for c := range 3 {
					v := &p.row(y)[3*x+c]
					*v = byte((int(*v)*int(a) + 127) / 255)
				}
			}
		}
	}
	return true
}

// weigh writes 3·near + far, the chroma of a row times 4: chroma is sampled in
// the middle of 2×2 pixels, a quarter of its step from each.
func weigh(dst []uint16, near, far []byte) {
	for i := range dst {
		dst[i] = 3*uint16(near[i]) + uint16(far[i])
	}
}

// studioRow converts a row of limited-range Y, Cb, Cr. Chroma has a value for
// two pixels, times 4, and is interpolated like the rows.
func studioRow(row, luma []byte, cb, cr []uint16) {
	for x := range len(row) / 3 {
		near, far := x/2, x/2-1+x%2*2
		far = min(max(far, 0), len(cb)-1)
		u := int32(3*cb[near]+cb[far]+8)>>4 - 128
		v := int32(3*cr[near]+cr[far]+8)>>4 - 128
		// 255/219 and the BT.601 factors times 255/224, in 1/65536
		y := 76309*(int32(luma[x])-16) + 1<<15
		row[3*x] = clamp((y + 104597*v) >> 16)
		row[3*x+1] = clamp((y - 25675*u - 53279*v) >> 16)
		row[3*x+2] = clamp((y + 132201*u) >> 16)
	}
}

func clamp(v int32) byte { return byte(min(max(v, 0), 255)) }
