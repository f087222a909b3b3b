"""Invented names: common given and family names, and names of schools that do not exist."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN_NAMES = _words(
    """
    Alejandra Alex Alondra Amir Ana Andrea Angel Anthony Ashley Brandon Brenda Brian Camila Carlos
    Christopher Daniel Daniela David Destiny Diego Edgar Eduardo Elena Emily Emmanuel Erick Esmeralda
    Fatima Fernando Gabriela Genesis Giovanni Grace Guadalupe Hannah Isaac Isabella Ivan Jacqueline
    Jasmine Javier Jennifer Jesus Jocelyn Jonathan Jordan Jorge Jose Joshua Juan Julian Karen Karla
    Kevin Kimberly Leonardo Leslie Luis Manuel Maria Marcus Mariana Marisol Melissa Mia Michael Miguel
    Monica Naomi Natalie Nathan Nicole Omar Oscar Pablo Priya Ricardo Roberto Rosa Ruby Samantha Samuel
    Sandra Santiago Sarah Sofia Stephanie Tiana Tyler Valeria Vanessa Victor Wendy Ximena Yesenia
    """
)

FAMILY_NAMES = _words(
    """
    Aguilar Alvarez Anderson Bailey Bautista Brown Bui Campos Castillo Castro Cervantes Chavez Chen
    Contreras Cruz Davis Delgado Diaz Dominguez Espinoza Estrada Flores Fuentes Garcia Gomez Gonzalez
    Guerrero Gutierrez Guzman Hakobyan Harris Hernandez Herrera Jackson Jimenez Johnson Jones Juarez Kim
    Lee Leon Lopez Luna Martinez Medina Mejia Mendez Mendoza Miller Miranda Molina Morales Moreno Munoz
    Nguyen Nunez Ochoa Orellana Ortega Ortiz Padilla Park Pena Perez Petrosyan Ramirez Ramos Reyes Rios
    Rivera Robinson Rodriguez Rojas Romero Ruiz Salazar Salgado Sanchez Sandoval Santos Silva Smith
    Solis Soto Tran Torres Trejo Valdez Vargas Vasquez Velasquez Villanueva Washington Williams Wright
    Zamora
    """
)

SCHOOL_NAMES = _words(
    """
    Alder Arroyo Bayview Birchwood Bluff Canyon Cedar Chaparral Clearwater Cottonwood Cypress Eastgate
    Elmwood Foothill Granite Hawthorn Hillcrest Ironwood Juniper Laurel Madrone Manzanita Mesa Northgate
    Oakdale Ocotillo Palisade Pinecrest Poplar Redbud Ridgeline Riverbend Rosewood Sagebrush Sequoia
    Sierra Summit Sycamore Tamarack Terrace Valley Verdugo Vista Westgate Willow Yarrow Yucca
    """
)
