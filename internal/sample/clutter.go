package sample

import (
	"math"
	"math/rand/v2"
)

// scatter paints things that belong to no class: lines, scribbles, smudges
// and crumbs.
func scatter(rng *rand.Rand, c *canvas) {
	kinds := [...]func(*rand.Rand, *canvas){line, scribble, smudge, smudge, crumbs}
	for range rng.IntN(6) {
		kinds[rng.IntN(len(kinds))](rng, c)
	}
}

// line is long, thin and straight, such as a crack or a pencil stroke.
func line(rng *rand.Rand, c *canvas) {
	side := float64(c.side)
	sin, cos := direction(rng)
	x, y, half := between(rng, 0, side), between(rng, 0, side), between(rng, 0.15, 0.6)*side
	stroke := []point{{x - half*cos, y - half*sin}, {x + half*cos, y + half*sin}}
	c.paint(fill(pen(stroke, c.unit*between(rng, 0.3, 1.1)), 1), drawColor(rng, 0, 0.6, 0.05, 1), between(rng, 0.3, 0.9))
}

// scribble is a wandering pen line.
func scribble(rng *rand.Rand, c *canvas) {
	p := point{between(rng, 0, float64(c.side)), between(rng, 0, float64(c.side))}
	heading, turn, step := between(rng, 0, 2*math.Pi), 0.0, c.unit*between(rng, 1.5, 3.5)
	stroke := []point{p}
	for range 12 + rng.IntN(30) {
		turn = 0.7*turn + between(rng, -0.5, 0.5)
		heading += turn
		sin, cos := math.Sincos(heading)
		p = point{p.x + step*cos, p.y + step*sin}
		stroke = append(stroke, p)
	}
	c.paint(fill(pen(stroke, c.unit*between(rng, 0.3, 0.9)), 1), drawColor(rng, 0, 0.9, 0.05, 1), between(rng, 0.4, 0.95))
}

// smudge is a soft, uneven spot.
func smudge(rng *rand.Rand, c *canvas) {
	radius := c.unit * between(rng, 5, 20)
	spot := fill([]part{pebble(rng, c, radius)}, int(radius))
	c.paint(spot.blurred(max(1, int(0.4*radius))), drawColor(rng, 0, 0.5, 0.05, 0.95), between(rng, 0.15, 0.5))
}

// crumbs are a handful of specks, smaller than any object.
func crumbs(rng *rand.Rand, c *canvas) {
	color := drawColor(rng, 0, 0.8, 0.1, 1)
	for range 3 + rng.IntN(12) {
		c.paint(fill([]part{pebble(rng, c, c.unit*between(rng, 0.6, 2))}, 1), near(rng, color, 0.3), between(rng, 0.6, 1))
	}
}

// pebble is an uneven round outline somewhere in the image.
func pebble(rng *rand.Rand, c *canvas, radius float64) part {
	x, y := between(rng, 0, float64(c.side)), between(rng, 0, float64(c.side))
	flat, phase := between(rng, 0.35, 1), between(rng, 0, 2*math.Pi)
	ring := polar(func(a float64) float64 {
		return radius * (1 + 0.2*math.Sin(2*a+phase) + 0.12*math.Sin(5*a+3*phase))
	})
	sin, cos := direction(rng)
	for i, p := range ring {
		ring[i] = point{x + p.x*cos - flat*p.y*sin, y + p.x*sin + flat*p.y*cos}
	}
	return solid(ring)
}

// pen returns the parts that a round pen of the given half width covers along
// the line.
func pen(stroke []point, half float64) []part {
	var parts []part
	for i, q := range stroke {
		parts = append(parts, solid(arc(q.x, q.y, half, half, 0, 360)))
		if i == 0 {
			continue
		}
		p := stroke[i-1]
		length := math.Hypot(q.x-p.x, q.y-p.y)
		nx, ny := -half*(q.y-p.y)/length, half*(q.x-p.x)/length
		quad := []point{{p.x + nx, p.y + ny}, {q.x + nx, q.y + ny}, {q.x - nx, q.y - ny}, {p.x - nx, p.y - ny}}
		parts = append(parts, solid(oriented(quad, 1)))
	}
	return parts
}
