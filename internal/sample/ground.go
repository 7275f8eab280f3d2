package sample

import (
	"math"
	"math/rand/v2"
)

// ground is the surface on which the objects lie: its colour at a point of an
// image whose side is 128 units.
type ground func(x, y float64) rgb

// drawGround picks a kind of ground and its colours.
func drawGround(rng *rand.Rand) ground {
	kinds := [...]func(*rand.Rand) ground{sky, terrain, stripes, tiles, blobs, wood, cloth}
	return kinds[rng.IntN(len(kinds))](rng)
}

// earthy is a muted colour.
func earthy(rng *rand.Rand) rgb { return drawColor(rng, 0.05, 0.5, 0.25, 0.9) }

// near is a colour next to c, a little lighter or darker and of another tint.
func near(rng *rand.Rand, c rgb, spread float64) rgb {
	light := float32(between(rng, 1-spread, 1+spread))
	for i := range c {
		c[i] = min(1, c[i]*light+float32(between(rng, -spread, spread)/4))
	}
	return c
}

func direction(rng *rand.Rand) (sin, cos float64) { return math.Sincos(between(rng, 0, 2*math.Pi)) }

// sky runs from one colour to another, along a line or around a point.
func sky(rng *rand.Rand) ground {
	a, b := earthy(rng), earthy(rng)
	sin, cos := direction(rng)
	cx, cy, round := between(rng, 0, 128), between(rng, 0, 128), chance(rng, 0.4)
	grain := noise(rng.Uint64())
	return func(x, y float64) rgb {
		t := 0.5 + ((x-64)*cos+(y-64)*sin)/150
		if round {
			t = math.Hypot(x-cx, y-cy) / 130
		}
		t += 0.15 * (grain.fractal(x/24, y/24, 3) - 0.5)
		return a.mix(b, float32(smooth(0, 1, t)))
	}
}

// terrain colours fractal heights as maps do: grass, sand, stone.
func terrain(rng *rand.Rand) ground {
	base := earthy(rng)
	ramp := [4]rgb{near(rng, base, 0.5), base, near(rng, earthy(rng), 0.3), near(rng, base, 0.3)}
	height := noise(rng.Uint64())
	scale := between(rng, 14, 40)
	return func(x, y float64) rgb {
		t := smooth(0.2, 0.8, height.fractal(x/scale, y/scale, 5)) * 3
		i := min(2, int(t))
		return ramp[i].mix(ramp[i+1], float32(t-float64(i)))
	}
}

// stripes are broad bands, as of wallpaper or a field.
func stripes(rng *rand.Rand) ground {
	a := earthy(rng)
	b := near(rng, a, 0.35)
	sin, cos := direction(rng)
	period := between(rng, 9, 30)
	share := between(rng, 0.2, 0.7)
	bend := noise(rng.Uint64())
	sway := between(rng, 0, 8)
	return func(x, y float64) rgb {
		n := bend.fractal(x/40, y/40, 3)
		u := (x*cos + y*sin + sway*n) / period
		t := edge(share/2-math.Abs(u-math.Round(u)), 1.2/period)
		return a.mix(b, float32(t)).times(float32(0.9 + 0.2*n))
	}
}

// tiles lie in a turned grid with joints; each has a tone of its own.
func tiles(rng *rand.Rand) ground {
	base := earthy(rng)
	joint := near(rng, base.times(0.6), 0.2)
	sin, cos := math.Sincos(between(rng, -0.5, 0.5))
	period := between(rng, 14, 34)
	long := [...]float64{1, 1, 2}[rng.IntN(3)]
	tone, grain := noise(rng.Uint64()), noise(rng.Uint64())
	spread := between(rng, 0.08, 0.35)
	width := between(rng, 0.4, 1.1)
	return func(x, y float64) rgb {
		v := (y*cos - x*sin) / period
		row := math.Floor(v)
		u := (x*cos+y*sin)/(period*long) + 0.5*float64(int(row)&1)*(long-1)
		column := math.Floor(u)
		gap := min(min(u-column, 1-(u-column))*long, v-row, 1-(v-row)) * period
		light := 1 + spread*(tone.lattice(int(column), int(row))-0.5)*2 + 0.2*(grain.fractal(x/6, y/6, 3)-0.5)
		return joint.mix(base.times(float32(light)), float32(edge(gap-width, 1)))
	}
}

// blobs are soft spots of several colours, as things out of focus.
func blobs(rng *rand.Rand) ground {
	base := earthy(rng)
	type blob struct {
		x, y, r float64
		c       rgb
	}
	spots := make([]blob, 5+rng.IntN(7))
	for i := range spots {
		spots[i] = blob{between(rng, -10, 138), between(rng, -10, 138), between(rng, 12, 36), near(rng, earthy(rng), 0.3)}
	}
	return func(x, y float64) rgb {
		c := base
		for _, s := range spots {
			d := math.Hypot(x-s.x, y-s.y) / s.r
			c = c.mix(s.c, float32(0.75*smooth(1.2, 0.2, d)))
		}
		return c
	}
}

// wood has boards along a direction, each with its grain.
func wood(rng *rand.Rand) ground {
	dark := hsv(between(rng, 0.04, 0.12), between(rng, 0.25, 0.6), between(rng, 0.3, 0.6))
	light := near(rng, dark.times(1.45), 0.15)
	sin, cos := direction(rng)
	board := between(rng, 22, 50)
	grain, tone := noise(rng.Uint64()), noise(rng.Uint64())
	rings := between(rng, 3, 8)
	return func(x, y float64) rgb {
		u, v := x*cos+y*sin, (y*cos-x*sin)/board
		row := math.Floor(v)
		shift := 100 * tone.lattice(int(row), 7)
		n := grain.fractal(u/60+shift, v*3+shift, 3)
		t := 0.5 + 0.5*math.Sin(2*math.Pi*rings*n)
		t = 0.65*t + 0.35*grain.at(u/9+shift, v*board/1.3)
		c := dark.mix(light, float32(t)).times(float32(0.85 + 0.3*tone.lattice(int(row), 3)))
		return c.times(float32(1 - 0.5*edge(0.5-min(v-row, 1-(v-row))*board, 1)))
	}
}

// cloth is a weave of two threads.
func cloth(rng *rand.Rand) ground {
	a := earthy(rng)
	b := near(rng, a, 0.35)
	sin, cos := direction(rng)
	period := between(rng, 3.5, 8)
	check := between(rng, 24, 60)
	plaid := between(rng, 0, 0.25)
	fold := noise(rng.Uint64())
	return func(x, y float64) rgb {
		u, v := x*cos+y*sin, y*cos-x*sin
		weave := 0.5 + 0.5*math.Sin(2*math.Pi*u/period)*math.Sin(2*math.Pi*v/period)
		bands := edge(math.Sin(2*math.Pi*u/check), 0.2) + edge(math.Sin(2*math.Pi*v/check), 0.2)
		shade := 0.82 + 0.36*fold.fractal(x/50, y/50, 2) - plaid*bands/2
		return a.mix(b, float32(weave)).times(float32(shade))
	}
}
