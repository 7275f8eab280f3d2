package coco

import (
	"cmp"
	"fmt"
	"regexp"
)

// firstMember finds the first key of an object and how its value begins.
var firstMember = regexp.MustCompile(`^\{\s*"([^"\\]*)"\s*:\s*(.)`)

// notList says what stands in the place of a list, and how to make one of it.
// text is what is read so far of the value and all behind it; it is empty where
// the file ends, which another error says.
func notList(n list, text []byte) string {
	what := "a number"
	if len(text) > 0 {
		what = cmp.Or(map[byte]string{'{': "an object", '"': "a text", 't': "true", 'f': "false"}[text[0]], what)
	}
	said := fmt.Sprintf("%q is no list but %s: not a COCO-format annotation file", n.String(), what)
	m := firstMember.FindSubmatch(text)
	if m == nil {
		return said
	}
	key, value := string(m[1]), m[2][0]
	switch {
	case value == '{':
		return fmt.Sprintf("%s; with its values as a list it may be one: jq '.%s |= [.[]]'", said, n)
	case n == categoryList && value == '"' && key != "name" && key != "supercategory":
		return said + `; ids with names are written [{"id": 1, "name": "person"}, …]: jq '.categories |= (to_entries | map({id: (.key | tonumber), name: .value}))'`
	}
	return fmt.Sprintf("%s; a single element stands in a list too: jq '.%s |= [.]'", said, n)
}
