package cocotest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random annotation files: valid JSON of any layout, with
// values that are mostly sensible and sometimes odd.
type generator struct {
	*rand.Rand
	b     strings.Builder
	space int  // 0: none, 1: after commas and colons, 2: anything anywhere
	texts bool // whether identifiers are texts
}

// Generate returns a random annotation file.
func Generate(r *rand.Rand) string {
	g := &generator{Rand: r, space: r.IntN(3), texts: r.IntN(6) == 0}
	if g.one(20) {
		g.b.WriteString("\ufeff")
	}
	images, categories := 1+r.IntN(8), 1+r.IntN(5)
	members := []func(){
		func() { g.list("images", images, g.image) },
		func() { g.list("annotations", r.IntN(30), func(i int) { g.annotation(i, images, categories) }) },
		func() { g.list("categories", categories, g.category) },
	}
	for range r.IntN(4) {
		members = append(members, func() { g.member(g.pick(`"info"`, `"licenses"`, `"x\"y"`, `"Images"`, `""`), g.anything) })
	}
	if g.one(15) {
		members = append(members, func() { g.list("annotations", r.IntN(4), func(i int) { g.annotation(i, images, categories) }) })
	}
	if g.one(30) {
		members = append(members, func() { g.member(`"images"`, func() { g.b.WriteString("null") }) })
	}
	g.object(members)
	g.sp()
	return g.b.String()
}

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

func (g *generator) pick(values ...string) string { return values[g.IntN(len(values))] }

// sp writes spaces where they are allowed.
func (g *generator) sp() {
	for g.space == 2 && g.one(2) {
		g.b.WriteString(g.pick(" ", "\n", "\t", "\r\n", "            "))
	}
}

func (g *generator) comma() {
	g.sp()
	g.b.WriteByte(',')
	if g.space == 1 {
		g.b.WriteByte(' ')
	}
}

// object writes an object of the members in random order.
func (g *generator) object(members []func()) {
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	g.sp()
	g.b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			g.comma()
		}
		m()
	}
	g.sp()
	g.b.WriteByte('}')
}

func (g *generator) member(key string, value func()) {
	g.sp()
	if g.one(40) && len(key) > 3 && key[1] >= 'a' && key[1] <= 'z' {
		key = fmt.Sprintf(`"\u%04x%s`, key[1], key[2:])
	}
	g.b.WriteString(key)
	g.sp()
	g.b.WriteByte(':')
	if g.space == 1 {
		g.b.WriteByte(' ')
	}
	g.sp()
	value()
}

func (g *generator) list(key string, n int, element func(i int)) {
	g.member(`"`+key+`"`, func() {
		g.b.WriteByte('[')
		for i := range n {
			if i > 0 {
				g.comma()
			}
			if g.one(60) {
				g.anything()
			} else {
				element(i)
			}
		}
		g.sp()
		g.b.WriteByte(']')
	})
}

func (g *generator) text(values ...string) func() {
	return func() { g.sp(); g.b.WriteString(g.pick(values...)) }
}

// id writes an identifier, now and then in another way or wrongly.
func (g *generator) id(n int) func() {
	v := int64(n)
	if n%3 == 2 {
		v = 1<<62 + int64(n) // beyond what a float64 holds
	}
	s := fmt.Sprint(v)
	if g.texts {
		s = fmt.Sprintf(`"img_%d"`, n)
	}
	switch g.IntN(40) {
	case 0:
		s = fmt.Sprintf(`"%d"`, v)
	case 1:
		s = fmt.Sprintf("%d.0", v)
	case 2:
		s = fmt.Sprintf("%d0e-1", v)
	case 3:
		s = g.pick(`"x"`, "null", "1.5", "[1]", "9223372036854775808", "-9223372036854775808", "{}", "true", `""`, `" 1"`, `"007"`, "-0", "0e5",
			`"é,]"`, `"\u0078"`, `"\u0031"`, `"1.5"`, `"9223372036854775808"`, "\"\xff\"", `"\""`)
	}
	return g.text(s)
}

func (g *generator) image(i int) {
	members := []func(){
		func() { g.member(`"id"`, g.id(i)) },
		func() {
			g.member(`"file_name"`, g.text(`"a.jpg"`, `"b\\c.jpg"`, `"\u8282\u7406"`, `"é.jpg"`, "\"\xff.jpg\"", `"\ud800"`, `"\ud83d\ude00"`, `5`, `null`))
		},
	}
	if !g.one(5) {
		members = append(members,
			func() { g.member(`"width"`, g.text("640", "640.0", "6.4e2", `"640"`, "null", "-1", "1e400")) },
			func() { g.member(`"height"`, g.text("480", "480.9", "0", "4e9", "[]")) })
	}
	if g.one(10) {
		members = append(members, func() { g.member(`"id"`, g.id(g.IntN(5))) })
	}
	if g.one(3) {
		members = append(members, func() { g.member(`"coco_url"`, g.anything) })
	}
	g.object(members)
}

func (g *generator) category(i int) {
	name := fmt.Sprintf(`"class %d"`, i)
	members := []func(){
		func() { g.member(`"id"`, g.id(i)) },
		func() { g.member(`"name"`, g.text(name)) },
		func() { g.member(`"supercategory"`, g.text(`"thing"`, `null`, `""`)) },
	}
	if g.one(2) {
		members = append(members, func() { g.member(`"frequency"`, g.text(`"r"`, `"c"`, `"f"`)) },
			func() { g.member(`"synonyms"`, g.anything) })
	}
	g.object(members)
}

func (g *generator) annotation(i, images, categories int) {
	members := []func(){
		func() { g.member(`"id"`, g.id(i)) },
		func() { g.member(`"image_id"`, g.id(g.IntN(images+g.IntN(2)))) },
		func() { g.member(`"category_id"`, g.id(g.IntN(categories+g.IntN(2)))) },
	}
	if !g.one(6) {
		members = append(members, func() { g.member(`"bbox"`, g.box) })
	}
	if !g.one(6) {
		members = append(members, func() {
			g.member(`"area"`, g.text("12.5", "2765.1486500000005", "0", "1e-9", `"7"`, "null", "[]"))
		})
	}
	if !g.one(4) {
		members = append(members, func() {
			g.member(`"iscrowd"`, g.text("0", "0", "0", "1", "7", "true", "false", "null", `"1"`, "0.0", "1.0", "[0]", "-0"))
		})
	}
	if !g.one(3) {
		members = append(members, func() { g.member(`"segmentation"`, g.segmentation) })
	}
	if g.one(4) {
		members = append(members, func() { g.member(g.pick(`"attributes"`, `"keypoints"`, `"is_crowd"`, `"ignore"`), g.anything) })
	}
	if g.one(25) {
		members = append(members, func() { g.member(`"category_id"`, g.id(g.IntN(categories))) })
	}
	if g.one(25) {
		members = append(members, func() { g.member(`"iscrowd"`, g.text("1", "0", "null")) })
	}
	g.object(members)
}

func (g *generator) box() {
	if g.one(12) {
		g.b.WriteString(g.pick("[]", "null", `"0 0 1 1"`, "[1,2,3]", "[1,2,3,4,5]", `[1,2,"3","4"]`, `[1,2,null,4]`, "[[1,2],[3,4]]", `{"x":1}`))
		return
	}
	g.numbers(4)
}

func (g *generator) numbers(n int) {
	g.b.WriteByte('[')
	for i := range n {
		if i > 0 {
			g.comma()
		}
		g.sp()
		g.number()
	}
	g.sp()
	g.b.WriteByte(']')
}

func (g *generator) number() {
	switch g.IntN(12) {
	case 0:
		g.b.WriteString(g.pick("0", "-0", "0.0", "-1.5", "1e3", "1E-7", "0e0", "159.46999999999997", "12345678", "123456789", "1234567.5", "0.123456789012345678901234567890"))
	case 1:
		fmt.Fprint(&g.b, g.Int64())
	case 2:
		fmt.Fprint(&g.b, g.NormFloat64())
	default:
		fmt.Fprintf(&g.b, "%.*f", g.IntN(4), 1000*g.Float64())
	}
}

func (g *generator) segmentation() {
	switch g.IntN(4) {
	case 0:
		g.b.WriteString(`{"size":[480,640],"counts":"`)
		for range g.IntN(80) {
			c := byte('0' + g.IntN(64))
			if c == '\\' {
				g.b.WriteByte('\\')
			}
			g.b.WriteByte(c)
		}
		g.b.WriteString(`"}`)
	case 1:
		g.b.WriteString(`{"counts":`)
		g.numbers(g.IntN(60))
		g.b.WriteString(`,"size":[480,640]}`)
	default:
		g.b.WriteByte('[')
		for i := range g.IntN(3) {
			if i > 0 {
				g.comma()
			}
			g.numbers(g.IntN(40))
		}
		g.b.WriteByte(']')
	}
}

// anything writes a random value.
func (g *generator) anything() {
	g.sp()
	switch g.IntN(9) {
	case 0:
		members := []func(){}
		for range g.IntN(4) {
			members = append(members, func() { g.member(g.pick(`"a"`, `"id"`, `"image_id"`, `"images"`, `""`, `"\\"`), g.anything) })
		}
		g.object(members)
	case 1:
		g.b.WriteByte('[')
		for i := range g.IntN(4) {
			if i > 0 {
				g.comma()
			}
			g.anything()
		}
		g.sp()
		g.b.WriteByte(']')
	case 2, 3:
		g.b.WriteString(g.pick(`""`, `"}]},{"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\uD83D\uDE00"`, `"naïve 节理"`, "\"\xc3\x28\"", `"a string that is longer than a word"`))
	case 4:
		g.b.WriteString(g.pick("true", "false", "null"))
	case 5:
		g.numbers(g.IntN(12))
	default:
		g.number()
	}
}
