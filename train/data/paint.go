package data

// painter makes the normalised input of a decoded image. It keeps its tables
// between images; one goroutine uses it at a time.
type painter struct {
	warper warper
	plain  bool            // colours are not varied
	table  [3][256]float32 // of each channel: the input of a byte
}

func newPainter(a Augment) *painter {
	p := &painter{plain: a.Jitter == 0 && a.Lighting == 0}
	var image [3 * 256]float32
	for i := range image {
		image[i] = float32(i % 256)
	}
	matrix := colourMatrix{{0: 1}, {1: 1}, {2: 1}}.normalised()
	recolour(image[:], Size{256, 1}, Size{256, 1}, &matrix)
	for c := range p.table {
		copy(p.table[c][:], image[256*c:])
	}
	return p
}

// paint writes the pixels src, placed at at and recoloured, to dst: three planes
// of the input's size.
func (p *painter) paint(dst []float32, input Size, src *pixels, at *placement, colours jitter) {
	if x, y, ok := at.shift(); ok && p.plain { // src is not averaged, or it would become smaller
		p.copy(dst, input, src, at.area, x, y)
	} else {
		means := p.warper.warp(dst, input, src, at)
		brightness := 0.0
		for c, l := range luminance {
			brightness += l * means[c] / 255
		}
		matrix := colours.matrix(brightness).normalised()
		recolour(dst, input, at.area, &matrix)
	}
	blank(dst, input, at.area)
}

// copy fills an area with the pixels src, whose first one goes to (left, top),
// and black around them: what sampling them there gives, to the bit.
func (p *painter) copy(dst []float32, input Size, src *pixels, area Size, left, top int) {
	plane := input.Width * input.Height
	from, to := min(max(left, 0), area.Width), min(max(left+src.width, 0), area.Width)
	for y := range area.Height {
		at, from, to := y*input.Width, from, to
		if y < top || y >= top+src.height {
			from, to = area.Width, area.Width
		}
		for c := range p.table {
			row := dst[c*plane+at:][:area.Width]
			fill(row[:from], p.table[c][0])
			fill(row[to:], p.table[c][0])
		}
		if from == to {
			continue
		}
		n := to - from
		in := src.row(y - top)[3*(from-left):][:3*n]
		red, green, blue := dst[at+from:][:n], dst[plane+at+from:][:n], dst[2*plane+at+from:][:n]
		for i := range red {
			pixel := in[3*i:][:3]
			red[i], green[i], blue[i] = p.table[0][pixel[0]], p.table[1][pixel[1]], p.table[2][pixel[2]]
		}
	}
}

// blank writes 0 to what is right of an area of the input, and below.
func blank(dst []float32, input, area Size) {
	for plane := range 3 {
		planes := dst[plane*input.Width*input.Height:][:input.Width*input.Height]
		if area.Width < input.Width {
			for y := range area.Height {
				clear(planes[y*input.Width:][area.Width:input.Width])
			}
		}
		clear(planes[area.Height*input.Width:])
	}
}

func fill(s []float32, v float32) {
	for i := range s {
		s[i] = v
	}
}
