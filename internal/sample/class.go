package sample

// textureNames are the adjectives of the textures that can be part of a class.
var textureNames = [...]string{plain: "plain", striped: "striped", dotted: "dotted", checkered: "checkered", speckled: "speckled"}

// MaxClasses is the number of different classes that can be drawn.
const MaxClasses = numShapes * len(textureNames)

// class is what the objects of a class have in common.
type class struct {
	name    string
	shape   *shape
	texture texture // anyTexture if the texture varies within the class
}

// classes returns the first n classes, 1 ≤ n ≤ MaxClasses. Up to numShapes,
// each is a silhouette with any texture; beyond, all classes are a silhouette
// with a texture, first all plain ones, then all striped ones and so on.
func classes(n int) []class {
	list := make([]class, n)
	for i := range list {
		s := &shapes[i%numShapes]
		if n <= numShapes {
			list[i] = class{s.name, s, anyTexture}
			continue
		}
		t := texture(i / numShapes)
		list[i] = class{textureNames[t] + " " + s.name, s, t}
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
