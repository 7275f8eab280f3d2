package data

import "cocostat/train/internal/buffer"

// painter makes the normalised input of a decoded image. It keeps its tables
// between images; one goroutine uses it at a time.
type painter struct {
	warper warper
	planes []float32       // 3×H×W, an image before its colours are varied
	plain  bool            // colours are not varied
	table  [3][256]float32 // of each channel: the input of a byte
}

func newPainter(a Augment) *painter {
	p := &painter{plain: a.Jitter == 0 && a.Lighting == 0}
	var greys, image [3 * 256]float32
	for i := range greys {
		greys[i] = float32(i % 256)
	}
	matrix := colourMatrix{{0: 1}, {1: 1}, {2: 1}}.normalised()
	recolour(image[:], greys[:], Size{256, 1}, Size{256, 1}, &matrix)
	for i, v := range image {
		p.table[i%3][i/3] = v
	}
	return p
}

// paint writes the pixels src, placed at at and recoloured, to dst: H×W×3 of the
// input's size.
func (p *painter) paint(dst []float32, input Size, src *pixels, at *placement, colours jitter) {
	if x, y, ok := at.shift(); ok && p.plain { // src is not averaged, or it would become smaller
		p.copy(dst, input, src, at.area, x, y)
	} else {
		p.planes = buffer.Resized(p.planes, 3*at.area.Width*at.area.Height)
		means := p.warper.warp(p.planes, src, at)
		brightness := 0.0
		for c, l := range luminance {
			brightness += l * means[c] / 255
		}
		matrix := colours.matrix(brightness).normalised()
		recolour(dst, p.planes, input, at.area, &matrix)
	}
	blank(dst, input, at.area)
}

// copy fills an area with the pixels src, whose first one goes to (left, top),
// and black around them: what sampling them there gives, to the bit.
func (p *painter) copy(dst []float32, input Size, src *pixels, area Size, left, top int) {
	black := [3]float32{p.table[0][0], p.table[1][0], p.table[2][0]}
	from, to := min(max(left, 0), area.Width), min(max(left+src.width, 0), area.Width)
	for y := range area.Height {
		row, from, to := dst[3*y*input.Width:][:3*area.Width], from, to
		if y < top || y >= top+src.height {
			from, to = area.Width, area.Width
		}
		fill(row[:3*from], black)
		fill(row[3*to:], black)
		if from == to {
			continue
		}
		in, out := src.row(y - top)[3*(from-left):][:3*(to-from)], row[3*from:3*to]
		for i := 0; i+3 <= len(in) && i+3 <= len(out); i += 3 {
			out[i], out[i+1], out[i+2] = p.table[0][in[i]], p.table[1][in[i+1]], p.table[2][in[i+2]]
		}
	}
}

// blank writes 0 to what is right of an area of the input, and below.
func blank(dst []float32, input, area Size) {
	if area.Width < input.Width {
		for y := range area.Height {
			clear(dst[3*y*input.Width:][3*area.Width : 3*input.Width])
		}
	}
	clear(dst[3*area.Height*input.Width : 3*input.Height*input.Width])
}

// fill writes a pixel again and again.
func fill(s []float32, pixel [3]float32) {
	for i := 0; i+3 <= len(s); i += 3 {
		s[i], s[i+1], s[i+2] = pixel[0], pixel[1], pixel[2]
	}
}
