// Command wire-facts reads off Kubernetes' own Go types how they are written as JSON and printed in messages, and
// writes wire-facts.ts and internal-facts.ts into the folder named by its argument:
//
//	go run . ../../src/kinds/generated
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"

	apps "k8s.io/api/apps/v1"
	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	autoscaling "k8s.io/api/autoscaling/v1"
	batch "k8s.io/api/batch/v1"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	events "k8s.io/api/events/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	scheduling "k8s.io/api/scheduling/v1"
	storage "k8s.io/api/storage/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	internal "k8s.io/kubernetes/pkg/apis/core"
)

const (
	wireHeader = `/**
 * How Kubernetes 1.36 writes each of its types: facts read off the API types by generate/wire-facts.
 * A field's code is flags (` + "`?` left out when empty, `~` left out when zero) and a type (`*` pointer, `[]`" + ` list,
 * ` + "`{}`" + ` map, a scalar, or another type's name). Generated; do not edit.
 */
export const wireFacts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
`
	internalHeader = `/**
 * The order and spelling in which Kubernetes 1.36 prints its internal types in messages: [field, type] in order.
 * Facts read off the internal types by generate/wire-facts. Generated; do not edit.
 */
export const internalFacts: Readonly<Record<string, readonly (readonly [field: string, type: string])[]>> = {
`
	metaPackage     = "k8s.io/apimachinery/pkg/apis/meta/v1."
	extensions      = "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1."
	internalPackage = "io.k8s.kubernetes.pkg.apis.core."
)

// Types that write themselves: not their fields but a value of this code stands in JSON.
var special = map[string]string{
	metaPackage + "Time":                              "time",
	metaPackage + "MicroTime":                         "micro",
	metaPackage + "Duration":                          "x",
	metaPackage + "FieldsV1":                          "x",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "intstr",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "x",
	extensions + "JSON":                               "x",
	extensions + "JSONSchemaPropsOrArray":             "x",
	extensions + "JSONSchemaPropsOrBool":              "x",
	extensions + "JSONSchemaPropsOrStringArray":       "x",
}

type field struct{ name, code string }

type reader struct{ types map[string][]field }

func typeName(t reflect.Type) string {
	path := strings.ReplaceAll(strings.ReplaceAll(t.PkgPath(), "k8s.io/", "io.k8s."), "/", ".")
	return strings.TrimPrefix(path+"."+t.Name(), internalPackage)
}

func (r *reader) code(t reflect.Type) string {
	if code, found := special[t.PkgPath()+"."+t.Name()]; found {
		return code
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Float64:
		return "int"
	case reflect.Pointer:
		return "*" + r.code(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + r.code(t.Elem())
	case reflect.Map:
		return "{}" + r.code(t.Elem())
	case reflect.Struct:
		name := typeName(t)
		if _, seen := r.types[name]; !seen {
			r.types[name] = nil
			r.types[name] = r.fields(t)
		}
		return name
	default:
		return "x"
	}
}

func (r *reader) fields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, flags, _ := strings.Cut(tag, ",")
		embedded := f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct
		switch {
		case tag == "-" || !f.IsExported() || embedded && f.Type.Name() == "TypeMeta":
			continue
		case embedded && (tag == "" || strings.Contains(flags, "inline")):
			out = append(out, r.fields(f.Type)...)
			continue
		case name == "":
			name = f.Name
		}
		code := ""
		for flag := range strings.SplitSeq(flags, ",") {
			switch flag {
			case "omitempty":
				code += "?"
			case "omitzero":
				code += "~"
			}
		}
		out = append(out, field{name, code + r.code(f.Type)})
	}
	return out
}

// read walks types from their roots; facts come in order of the types' names.
func read(roots []any) (types map[string][]field, names []string) {
	r := reader{types: map[string][]field{}}
	for _, root := range roots {
		r.code(reflect.TypeOf(root))
	}
	for name := range r.types {
		names = append(names, name)
	}
	// Types of this package follow those of others.
	sort.Slice(names, func(i, j int) bool {
		a, b := strings.Contains(names[i], "."), strings.Contains(names[j], ".")
		return a && !b || a == b && names[i] < names[j]
	})
	return r.types, names
}

func key(name string) string {
	for _, c := range name {
		if c != '_' && c != '$' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}

func wireFacts(roots []any) string {
	var out strings.Builder
	out.WriteString(wireHeader)
	types, names := read(roots)
	for _, name := range names {
		fields := types[name]
		slices.SortStableFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
		var parts []string
		for _, f := range fields {
			parts = append(parts, fmt.Sprintf("%s: %q", key(f.name), f.code))
		}
		fmt.Fprintf(&out, "  %q: { %s },\n", name, strings.Join(parts, ", "))
	}
	return out.String() + "};\n"
}

func internalFacts(roots []any) string {
	var out strings.Builder
	out.WriteString(internalHeader)
	types, names := read(roots)
	for _, name := range names {
		var parts []string
		for _, f := range types[name] {
			parts = append(parts, fmt.Sprintf("[%q, %q]", f.name, f.code))
		}
		fmt.Fprintf(&out, "  %q: [%s],\n", name, strings.Join(parts, ", "))
	}
	return out.String() + "};\n"
}

func write(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wire-facts FOLDER")
		os.Exit(2)
	}
	write(filepath.Join(os.Args[1], "wire-facts.ts"), wireFacts([]any{
		core.Namespace{}, core.Node{}, core.Pod{}, core.Service{}, core.Endpoints{}, core.ConfigMap{}, core.Secret{},
		core.ServiceAccount{}, core.Event{}, core.Binding{}, core.PersistentVolumeClaim{}, core.PersistentVolume{},
		core.LimitRange{}, core.ResourceQuota{}, core.ReplicationController{}, core.PodTemplate{},
		apps.Deployment{}, apps.ReplicaSet{}, apps.StatefulSet{}, apps.DaemonSet{}, apps.ControllerRevision{},
		batch.Job{}, batch.CronJob{}, coordination.Lease{}, discovery.EndpointSlice{}, events.Event{},
		networking.NetworkPolicy{}, networking.Ingress{}, networking.IngressClass{},
		policy.PodDisruptionBudget{}, policy.Eviction{},
		rbac.Role{}, rbac.ClusterRole{}, rbac.RoleBinding{}, rbac.ClusterRoleBinding{},
		authentication.TokenReview{}, authentication.TokenRequest{}, authentication.SelfSubjectReview{},
		authorization.SubjectAccessReview{}, authorization.SelfSubjectAccessReview{},
		authorization.LocalSubjectAccessReview{}, authorization.SelfSubjectRulesReview{},
		autoscaling.Scale{}, scheduling.PriorityClass{}, storage.StorageClass{},
		apiextensions.CustomResourceDefinition{},
	}))
	write(filepath.Join(os.Args[1], "internal-facts.ts"), internalFacts([]any{internal.PodSpec{}, internal.ServiceSpec{}}))
}
