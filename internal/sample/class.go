package sample

import (
	"math"
	"math/rand/v2"
)

// textureNames are the adjectives of the textures that can be part of a class.
var textureNames = [...]string{plain: "plain", striped: "striped", dotted: "dotted", checkered: "checkered", speckled: "speckled"}

// MaxClasses is the number of different classes that can be drawn.
const MaxClasses = numShapes * len(textureNames)

// class is what the objects of a class have in common.
type class struct {
	name    string
	shape   *shape
	texture texture // anyTexture if the texture varies within the class
	hue     float64 // favourite hue, in turns
	wears   texture // favourite texture
}

// habit is the probability that an object has its class's favourite colour,
// and likewise its favourite texture: as bananas are mostly yellow, colour is
// a hint in natural images, but no more than that.
const habit = 0.65

// goldenTurn spreads the hues of successive classes evenly over the circle.
const goldenTurn = 0.618033988749895

// classes returns the first n classes, 1 ≤ n ≤ MaxClasses. Up to numShapes,
// each is a silhouette with any texture; beyond, all classes are a silhouette
// with a texture, first all plain ones, then all striped ones and so on.
func classes(n int) []class {
	list := make([]class, n)
	for i := range list {
		s := &shapes[i%numShapes]
		_, hue := math.Modf(goldenTurn * float64(i))
		list[i] = class{name: s.name, shape: s, texture: anyTexture, hue: hue, wears: texture(i % len(textureNames))}
		if n > numShapes {
			t := texture(i / numShapes)
			list[i].name, list[i].texture = textureNames[t]+" "+s.name, t
		}
	}
	return list
}

// ClassNames returns the names of the first n classes, most frequent first,
// 1 ≤ n ≤ MaxClasses.
func ClassNames(n int) []string {
	names := make([]string, n)
	for i, c := range classes(n) {
		names[i] = c.name
	}
	return names
}

// dress draws the main colour of an object, apart from what is around it, and
// its texture.
func (c class) dress(rng *rand.Rand, around rgb) (rgb, texture) {
	t := c.texture
	if t == anyTexture && chance(rng, habit) {
		t = c.wears
	}
	if chance(rng, habit) {
		for range 20 {
			if own := hsv(c.hue+between(rng, -0.04, 0.04)+1, between(rng, 0.55, 1), between(rng, 0.45, 1)); own.distance(around) >= 0.22 {
				return own, t
			}
		}
	}
	return drawApart(rng, 0.22, around), t
}
