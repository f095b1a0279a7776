//! `record!`: one declaration of a map with fixed fields drives its reading, its schema and its showing.
//!
//! ```text
//! record! {
//!     /// What it is.
//!     pub struct Service {
//!         /// What the field is.             (rustdoc, and the schema's description)
//!         at_once as "in-parallel": u64 = "1",   (name in YAML if not the kebab-case one; default as YAML text)
//!     }
//!     flatten { /// A record whose fields stand in the same map.
//!         station: Station }
//!     bare: "attempts";                (a single value stands for the record with this field)
//!     later: ["autoscale"];            (of the language, not supported yet)
//!     never: { "cores": "reason" };    (exists elsewhere, has no meaning here)
//!     ignored: { "anchors": "why" };
//!     meaningless: function;           (fields without meaning in this company, and why)
//!     check: function;                 (what no single field can see)
//! }
//! ```
//! A field without a default is required unless its type can be absent (`Option`).

macro_rules! record {
    (
        $(#[doc = $about:literal])+
        pub struct $Type:ident {
            $( $(#[doc = $doc:literal])+ $field:ident $(as $yaml:literal)? : $T:ty $(= $default:literal)? ),* $(,)?
        }
        $( flatten { $(#[doc = $inner_doc:literal])+ $inner:ident : $Inner:ty } )?
        $( bare: $bare:literal; )?
        $( later: [$($later:literal),* $(,)?]; )?
        $( never: { $($never:literal : $reason:literal),* $(,)? }; )?
        $( ignored: { $($ignored:literal : $purpose:literal),* $(,)? }; )?
        $( meaningless: $meaningless:path; )?
        $( check: $check:path; )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $Type {
            $( $(#[doc = $doc])+ pub $field: $T, )*
            $( $(#[doc = $inner_doc])+ pub $inner: $Inner, )?
        }

        impl $crate::model::fields::Record for $Type {
            const NAME: &'static str = stringify!($Type);

            fn about() -> String {
                $crate::model::fields::paragraph(&[$($about),+])
            }

            fn fields() -> Vec<$crate::model::fields::Field> {
                #[allow(unused_mut, reason = "only a flattened record adds to it")]
                let mut fields = vec![$({
                    let default: Option<&'static str> = None $(.or(Some($default)))?;
                    $crate::model::fields::Field {
                        name: $crate::model::fields::yaml_name(stringify!($field), None $(.or(Some($yaml)))?),
                        about: $crate::model::fields::paragraph(&[$($doc),+]),
                        default,
                        required: default.is_none() && <$T as $crate::model::shape::Shape>::absent().is_none(),
                        schema: <$T as $crate::model::shape::Shape>::schema,
                    }
                }),*];
                $( fields.extend(<$Inner as $crate::model::fields::Record>::fields()); )?
                fields
            }

            fn later() -> Vec<&'static str> {
                #[allow(unused_mut, reason = "only a flattened record adds to it")]
                let mut later: Vec<&'static str> = vec![$($($later),*)?];
                $( later.extend(<$Inner as $crate::model::fields::Record>::later()); )?
                later
            }

            fn never() -> Vec<(&'static str, &'static str)> {
                vec![$($(($never, $reason)),*)?]
            }

            fn ignored() -> Vec<(&'static str, &'static str)> {
                vec![$($(($ignored, $purpose)),*)?]
            }

            fn bare() -> Option<&'static str> {
                None $(.or(Some($bare)))?
            }

            fn extra() -> Option<$crate::model::fields::Extra> {
                None $(.or_else(<$Inner as $crate::model::fields::Record>::extra))?
            }

            fn take(node: &$crate::source::Node, reader: &mut $crate::model::reader::Reader<'_>) -> Option<Self> {
                // Every field is read before the first failure counts, so that all complaints are heard.
                $( let $field = {
                    let name = $crate::model::fields::yaml_name(stringify!($field), None $(.or(Some($yaml)))?);
                    $crate::model::fields::field::<$T>(stringify!($Type), node, &name, None $(.or(Some($default)))?, reader)
                }; )*
                $( let $inner = <$Inner as $crate::model::fields::Record>::take(node, reader); )?
                let record = Self { $($field: $field?,)* $($inner: $inner?,)? };
                $( $crate::model::fields::refuse(node, $meaningless(&record), reader); )?
                $( $check(&record, node, reader); )?
                Some(record)
            }

            fn show_into(&self, entries: &mut Vec<(String, $crate::source::Node)>) {
                $( if let Some(node) = $crate::model::shape::Shape::show(&self.$field) {
                    let name = $crate::model::fields::yaml_name(stringify!($field), None $(.or(Some($yaml)))?);
                    entries.push((name, node));
                } )*
                $( $crate::model::fields::Record::show_into(&self.$inner, entries); )?
                $( $crate::model::fields::leave_out(entries, $meaningless(self)); )?
            }
        }

        impl $crate::model::shape::Shape for $Type {
            fn read(node: &$crate::source::Node, reader: &mut $crate::model::reader::Reader<'_>) -> Option<Self> {
                $crate::model::fields::read(node, reader)
            }

            fn schema(definitions: &mut $crate::model::shape::Definitions) -> serde_json::Value {
                $crate::model::fields::schema::<Self>(definitions)
            }

            fn show(&self) -> Option<$crate::source::Node> {
                Some($crate::model::fields::show(self))
            }

            fn needs_nothing() -> bool {
                <Self as $crate::model::fields::Record>::fields().iter().all(|field| !field.required)
            }
        }
    };
}
