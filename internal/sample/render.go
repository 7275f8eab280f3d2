package sample

import (
	"image"
	"math"
	"math/rand/v2"
)

// canvas is a square colour picture in the making.
type canvas struct {
	side int
	unit float64 // pixels of 1/128 of the side
	pix  []rgb
}

// render paints the scene.
func render(rng *rand.Rand, s *scene, kinds []class) *image.RGBA {
	c := &canvas{side: s.side, unit: float64(s.side) / 128, pix: make([]rgb, s.side*s.side)}
	surface := drawGround(rng)
	for y := range c.side {
		for x := range c.side {
			c.pix[y*c.side+x] = surface((float64(x)+0.5)/c.unit, (float64(y)+0.5)/c.unit)
		}
	}
	scatter(rng, c)
	light := drawLamp(rng)
	for i := range s.objects {
		o := &s.objects[i]
		c.shadow(o, light)
		c.object(rng, o, kinds[o.class], light)
	}
	c.illuminate(rng, light)
	c.defocus(between(rng, 0, 0.5))
	return c.develop(rng)
}

// paint lays a colour over the canvas through a mask.
func (c *canvas) paint(m tile, color rgb, strength float64) {
	c.each(m, func(i, _, _ int, alpha float32) {
		c.pix[i] = c.pix[i].mix(color, alpha*float32(strength))
	})
}

// each visits the pixels of the canvas under a mask: their index, place and
// the mask's value, where it is not 0.
func (c *canvas) each(m tile, visit func(i, x, y int, alpha float32)) {
	for y := max(0, m.y0); y < min(c.side, m.y0+m.h); y++ {
		for x := max(0, m.x0); x < min(c.side, m.x0+m.w); x++ {
			if a := m.v[(y-m.y0)*m.w+x-m.x0]; a > 0 {
				visit(y*c.side+x, x, y, a)
			}
		}
	}
}

// lamp is the one light of a scene.
type lamp struct {
	sin, cos float64 // direction towards it in the image plane
	shadow   float64 // depth of the shadows
	height   float64 // of objects over the ground, in radii
}

func drawLamp(rng *rand.Rand) lamp {
	sin, cos := direction(rng)
	return lamp{sin, cos, between(rng, 0.25, 0.6), between(rng, 0.08, 0.22)}
}

// shadow darkens the ground beside the object.
func (c *canvas) shadow(o *object, l lamp) {
	radius := min(o.radii.x, o.radii.y)
	soft := max(1, int(0.09*radius))
	m := fill(o.parts, 2*soft+1).blurred(soft)
	shift := max(c.unit, l.height*radius)
	m.x0 -= int(math.Round(l.cos * shift))
	m.y0 -= int(math.Round(l.sin * shift))
	c.paint(m, rgb{0.02, 0.02, 0.05}, l.shadow)
}

// object paints one object: pattern, outline, and a bevel that the lamp
// shades.
func (c *canvas) object(rng *rand.Rand, o *object, k class, l lamp) {
	radius := min(o.radii.x, o.radii.y)
	around := c.mean(o.mask)
	a, texture := k.dress(rng, around)
	b := drawApart(rng, 0.25, a, around)
	pattern := drawPattern(rng, texture, 3.2*c.unit/radius)
	bevelWidth := max(1, int(between(rng, 0.06, 0.16)*radius))
	bevel := fill(o.parts, 2*bevelWidth+1).blurred(bevelWidth)
	relief := between(rng, 0.4, 1.4) * float64(bevelWidth)
	inner, rim := o.mask, a.times(0.45)
	if chance(rng, 0.45) {
		inner = fill(o.parts, 1).eroded(max(0.8, between(rng, 0.04, 0.09)*radius))
		if chance(rng, 0.3) {
			rim = a.mix(rgb{1, 1, 1}, 0.7)
		}
	}
	c.each(o.mask, func(i, x, y int, alpha float32) {
		u, v := o.local(float64(x)+0.5, float64(y)+0.5)
		color := a.mix(b, float32(pattern(u, v, 1/radius)))
		color = rim.mix(color, min(1, inner.at(x, y)/alpha))
		slope := float64(bevel.at(x-1, y)-bevel.at(x+1, y))*l.cos + float64(bevel.at(x, y-1)-bevel.at(x, y+1))*l.sin
		shade := 1 - relief*slope*0.5 + 0.09*(u*l.cos+v*l.sin)
		c.pix[i] = c.pix[i].mix(color.times(float32(max(0.35, min(1.6, shade)))), alpha)
	})
}

// mean is the average colour under a mask.
func (c *canvas) mean(m tile) rgb {
	var sum rgb
	weight := float32(0)
	c.each(m, func(i, _, _ int, alpha float32) {
		for k := range sum {
			sum[k] += alpha * c.pix[i][k]
		}
		weight += alpha
	})
	return sum.times(1 / max(weight, 1e-6))
}

// illuminate brightens the lamp's side and tints the whole image.
func (c *canvas) illuminate(rng *rand.Rand, l lamp) {
	fall, corner := between(rng, 0, 0.3), between(rng, 0, 0.35)
	tint := rgb{float32(between(rng, 0.93, 1.06)), 1, float32(between(rng, 0.9, 1.06))}.times(float32(between(rng, 0.8, 1.12)))
	for y := range c.side {
		for x := range c.side {
			u, v := 2*float64(x)/float64(c.side)-1, 2*float64(y)/float64(c.side)-1
			f := float32(1 + fall*(u*l.cos+v*l.sin) - corner*(u*u+v*v)/2)
			p := &c.pix[y*c.side+x]
			for k := range p {
				p[k] *= tint[k] * f
			}
		}
	}
}

// defocus blurs with the kernel (b/2, 1−b, b/2) each way, more often on larger
// images.
func (c *canvas) defocus(b float64) {
	line := make([]rgb, c.side)
	soften := func(start, stride int) {
		for i := range line {
			p := c.pix[start+i*stride]
			q := c.pix[start+max(0, i-1)*stride]
			r := c.pix[start+min(c.side-1, i+1)*stride]
			line[i] = p.mix(q.mix(r, 0.5), float32(b))
		}
		for i, p := range line {
			c.pix[start+i*stride] = p
		}
	}
	for range max(1, int(math.Round(c.unit))) {
		for k := range c.side {
			soften(k*c.side, 1)
			soften(k, c.side)
		}
	}
}

// develop adds the sensor's noise and returns 8-bit pixels.
func (c *canvas) develop(rng *rand.Rand) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, c.side, c.side))
	grain := between(rng, 0.003, 0.025)
	for i, p := range c.pix {
		luma := grain * rng.NormFloat64()
		for k, v := range p {
			n := luma + 0.4*grain*between(rng, -1, 1)
			img.Pix[4*i+k] = uint8(max(0, min(255, 255*(float64(v)+n)+0.5)))
		}
		img.Pix[4*i+3] = 255
	}
	return img
}
